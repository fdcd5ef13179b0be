/// The limits of events and appends; sizes are in bytes of UTF-8.
///
/// An append that exceeds a limit is refused with ``AppendError/Code/tooLarge``, and the message names the limit.
public struct EventLimits: Sendable {
    /// The largest topic.
    public static let topic = 255
    /// The largest type.
    public static let type = 127
    /// The largest id.
    public static let id = 255
    /// The largest source.
    public static let source = 255
    /// The largest value of ``data``: 16 MiB.
    public static let maximumData = 16 << 20
    /// The largest number of events in an append.
    public static let batch = 10_000
    /// The largest size of an append, names and data together, so that a transaction is bounded: 32 MiB.
    public static let batchBytes = 32 << 20
    /// How far the time of an event may be ahead of the clock, because the clocks of machines differ a little.
    public static let ahead = Duration.seconds(60)

    /// The largest data of an event.
    public let data: Int

    /// Makes limits.
    ///
    /// - Parameter data: the largest data of an event, 1 … ``maximumData``; 1 MiB by default.
    /// - Precondition: `data` is in that range.
    public init(data: Int = 1 << 20) {
        precondition((1...Self.maximumData).contains(data), "the limit of data must be 1 … \(Self.maximumData) bytes")
        self.data = data
    }

    /// Types that have another meaning for clients: the names that Socket.IO reserves, and the control messages of a
    /// subscription.
    static let reservedTypes: Set<String> = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
        "replayed", "reset", "ack",
    ]
}

extension EventLimits {
    /// Checks the sizes of events.
    ///
    /// - Returns: the size of their records.
    /// - Throws: `.invalidEvent` or `.tooLarge`, with the field and the limit.
    func checkSizes(_ events: [NewEvent]) throws(AppendError) -> Int {
        guard events.count <= Self.batch else {
            throw AppendError(.tooLarge, "the append has \(events.count) events; the limit is \(Self.batch)")
        }
        var bytes = 0
        for index in events.indices {
            do throws(AppendError) {
                bytes += try checkSize(events[index])
            } catch {
                throw error.at(index, of: events.count)
            }
        }
        guard bytes <= Self.batchBytes else {
            throw AppendError(.tooLarge, "the append has \(bytes) bytes; the limit is \(Self.batchBytes)")
        }
        return bytes
    }

    /// - Returns: the size of the event's record.
    private func checkSize(_ event: borrowing NewEvent) throws(AppendError) -> Int {
        var bytes = RecordLayout.headerSize
        bytes += try Self.check(event.topic.utf8.count, "topic", Self.topic)
        bytes += try Self.check(event.type.utf8.count, "type", Self.type)
        if let count = event.id?.utf8.count { bytes += try Self.check(count, "id", Self.id) }
        if let count = event.source?.utf8.count { bytes += try Self.check(count, "source", Self.source) }
        let count = event.data.count
        guard count <= data else {
            throw AppendError(.tooLarge, "data is \(count) bytes; the limit is \(data)", field: "data")
        }
        return bytes + count
    }

    @inline(__always)
    private static func check(_ count: Int, _ field: StaticString, _ maximum: Int) throws(AppendError) -> Int {
        guard count > 0 else { throw AppendError(.invalidEvent, "\(field) is empty", field: "\(field)") }
        guard count <= maximum
        else { throw AppendError(.tooLarge, "\(field) is \(count) bytes; the limit is \(maximum)", field: "\(field)") }
        return count
    }

    /// Checks the topic, type, id and source in a written record.
    ///
    /// - Throws: `.invalidEvent` with the field.
    static func checkNames(_ event: borrowing EventView) throws(AppendError) {
        if event.names.hasControlCharacter { throw controlCharacter(in: event) }
        try checkLevels(event.topic)
        // No reserved type has a point, and most other types have one, so most need no lookup.
        if !event.type.contains(UInt8(ascii: ".")), reservedTypes.contains(event.type.string) {
            throw AppendError(
                .invalidEvent, "type \(event.type.string) is reserved; choose another name", field: "type")
        }
    }

    /// Checks the id of an event.
    ///
    /// - Throws: the error of an append with this id.
    static func check(id: String) throws(AppendError) {
        _ = try check(id.utf8.count, "id", Self.id)
        if id.utf8Span.span.bytes.hasControlCharacter {
            throw AppendError(.invalidEvent, "id contains a control character", field: "id")
        }
    }

    /// Why `topic` is not a valid topic; nil when it is valid.
    package static func problem(ofTopic topic: String) -> AppendError? {
        do throws(AppendError) {
            _ = try check(topic.utf8.count, "topic", Self.topic)
            if topic.utf8Span.span.bytes.hasControlCharacter {
                throw AppendError(.invalidEvent, "topic contains a control character", field: "topic")
            }
            try checkLevels(topic.utf8Span.span.bytes)
            return nil
        } catch {
            return error
        }
    }

    /// Why a filter must not have `type`, as the rest of a sentence after the type; nil when a filter may have it.
    ///
    /// No event has such a type, or the type was meant as a pattern: the filter would select nothing, without an error.
    package static func problem(ofWantedType type: String) -> String? {
        let remedy = "write each type in full, such as bid.placed, or leave the types out to select all"
        if type.isEmpty { return "is empty; \(remedy)" }
        if type.utf8.count > Self.type {
            return "is \(type.utf8.count) bytes long, and a type has at most \(Self.type); \(remedy)"
        }
        if type.utf8.contains(UInt8(ascii: "*")) { return "contains '*', and only topics can be patterns; \(remedy)" }
        if type.utf8Span.span.bytes.hasControlCharacter {
            return "contains a control character, which no type has; \(remedy)"
        }
        return nil
    }

    /// Why an event must not have the time `time` when the clock shows `now`; nil when it may have that time.
    package static func problem(of time: Timestamp, now: Timestamp) -> AppendError? {
        let limit = now.rawValue + ahead.components.seconds * Timestamp.second
        guard time.rawValue > limit else { return nil }
        return AppendError(
            .invalidEvent,
            "time \(time) is more than \(ahead.components.seconds) seconds ahead of the clock, which shows \(now); correct the time or the clock",
            field: "time")
    }

    private static func controlCharacter(in event: borrowing EventView) -> AppendError {
        let field =
            if event.topic.hasControlCharacter { "topic" } else if event.type.hasControlCharacter {
                "type"
            } else if event.id.hasControlCharacter { "id" } else { "source" }
        return AppendError(.invalidEvent, "\(field) contains a control character", field: field)
    }

    private static func checkLevels(_ topic: RawSpan) throws(AppendError) {
        let slash = UInt8(ascii: "/")
        var previous = slash
        for index in topic.byteOffsets {
            let byte = topic.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
            if byte == UInt8(ascii: "*") {
                throw AppendError(.invalidEvent, "topic must not contain *, which is for patterns", field: "topic")
            }
            if byte == slash, previous == slash { throw emptyLevel }
            previous = byte
        }
        if previous == slash { throw emptyLevel }
    }

    private static var emptyLevel: AppendError {
        AppendError(.invalidEvent, "topic has an empty level; write levels as in auctions/42", field: "topic")
    }
}

extension RawSpan {
    /// Unicode's control characters are U+0000 … U+001F, U+007F and U+0080 … U+009F (C2 80 … C2 9F in UTF-8).
    var hasControlCharacter: Bool {
        var previous: UInt8 = 0
        var found = false
        for index in byteOffsets {
            let byte = unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
            if byte < 0x20 || byte == 0x7F || (previous == 0xC2 && byte < 0xA0) { found = true }
            previous = byte
        }
        return found
    }

    fileprivate func contains(_ wanted: UInt8) -> Bool {
        for index in byteOffsets where unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self) == wanted {
            return true
        }
        return false
    }
}
