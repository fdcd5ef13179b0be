import EventLog
import JSON

/// A `ValueExpression` in the form in which it is evaluated.
enum EventValue: Sendable {
    /// A member of the event's data, by the index of its name, and the steps from it.
    case member(Int, [Step])
    /// A value for which all data are read: they may be an array, or are the value.
    case path([Step])
    case topicLevel(Int)
    case time, offset, id, source
    case constant(StoredConstant)

    struct Step: Sendable {
        let name: String
        /// The name as the index of an element: digits without a zero in front.
        let index: Int?

        init(_ name: String) {
            self.name = name
            index = Int(name).flatMap { $0 >= 0 && String($0).hasSameBytes(as: name) ? $0 : nil }
        }
    }

    /// - Parameter names: the members that the operations of an event use; gets those that this value uses.
    init(_ expression: ValueExpression, _ names: inout JSONMemberNames) {
        switch expression {
        case .data(let path):
            let steps = path.map { Step($0) }
            if let first = steps.first, first.index == nil {
                self = .member(names.index(of: first.name), Array(steps.dropFirst()))
            } else {
                self = .path(steps)
            }
        case .topicLevel(let level): self = .topicLevel(level)
        case .time: self = .time
        case .offset: self = .offset
        case .id: self = .id
        case .source: self = .source
        case .constant(let value): self = .constant(StoredConstant(value))
        }
    }

    /// - Parameter arena: gets the text of a value that is not text in the event or in the definition.
    /// - Returns: the value, valid as long as the event, the definition and the arena; nil when the event does not have it.
    func evaluate(_ event: borrowing EventView, _ data: EventData, _ arena: inout ValueArena) -> StoredValue? {
        switch self {
        case .member(let index, let steps):
            if steps.isEmpty, let value = data.member(index)?.storedScalar { return value }
            return Self.value(at: steps, of: data.value(index)).map { arena.store($0) }
        case .path(let steps): return Self.value(at: steps, of: data.all).map { arena.store($0) }
        case .topicLevel(let level):
            return event.topic.withUnsafeBytes { topic in Self.level(level, of: topic).map { .string($0) } }
        case .time:
            let text = arena.allocate(Timestamp.textLength)
            event.time.write(to: text.baseAddress!)
            return .string(UnsafeRawBufferPointer(text))
        case .offset: return arena.store(JSONValue.number(JSONNumber(event.offset.rawValue)))
        case .id: return Self.text(event.id)
        case .source: return Self.text(event.source)
        case .constant(let constant): return constant.value
        }
    }

    /// The key of a row; nil when the event does not have one.
    func rowKey(_ event: borrowing EventView, _ data: EventData) -> RowKey? {
        switch self {
        case .topicLevel(let level):
            event.topic.withUnsafeBytes { topic in Self.level(level, of: topic).flatMap { RowKey($0) } }
        case .member(let index, let steps):
            if steps.isEmpty, let text = data.member(index)?.plainString {
                RowKey(text)
            } else {
                evaluatedKey(event, data)
            }
        default: evaluatedKey(event, data)
        }
    }

    private func evaluatedKey(_ event: borrowing EventView, _ data: EventData) -> RowKey? {
        ValueArena.with { arena in
            var arena = arena
            return evaluate(event, data, &arena)?.rowKey
        }
    }

    private static func value(at steps: [Step], of root: JSONValue?) -> JSONValue? {
        var value = root
        for step in steps {
            switch value {
            case .object(let members): value = members[step.name]
            case .array(let elements):
                guard let index = step.index, index < elements.count else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }

    private static func text(_ bytes: RawSpan) -> StoredValue? {
        bytes.byteCount == 0 ? nil : bytes.withUnsafeBytes { .string($0) }
    }

    private static func level(_ level: Int, of topic: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var start = 0
        for _ in 0..<level {
            guard let slash = topic[start...].firstIndex(of: UInt8(ascii: "/")) else { return nil }
            start = slash + 1
        }
        let end = topic[start...].firstIndex(of: UInt8(ascii: "/")) ?? topic.count
        return UnsafeRawBufferPointer(rebasing: topic[start..<end])
    }
}
