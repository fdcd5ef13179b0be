/// The bounds every event is held to; sizes are in bytes of UTF-8.
public struct EventLimits: Sendable {
    public static let topic = 255
    public static let type = 127
    public static let id = 255
    public static let source = 255
    /// What `data` can be configured up to.
    public static let maximumData = 16 << 20
    /// How many events one append may hold.
    public static let batch = 10_000
    /// How many bytes one append may hold, names and data together: a
    /// transaction is bounded, and so is what waits for it.
    public static let batchBytes = 32 << 20

    /// The most bytes of data an event may carry.
    public let data: Int

    /// - Parameter data: 1 … `maximumData`; 1 MiB unless told otherwise.
    public init(data: Int = 1 << 20) {
        precondition((1...Self.maximumData).contains(data), "data limit must be 1 … \(Self.maximumData) bytes")
        self.data = data
    }

    /// Event types that mean something else on the way to a client: names
    /// Socket.IO reserves, and the control messages of a subscription.
    static let reservedTypes: Set<String> = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
        "replayed", "reset", "ack",
    ]

    /// Throws `.invalidEvent` or `.tooLarge`, naming the field and the bound,
    /// unless each event and all of them together keep the bounds.
    ///
    /// - Returns: the bytes of their records.
    func check(_ events: [NewEvent]) throws(AppendError) -> Int {
        guard events.count <= Self.batch else {
            throw AppendError(.tooLarge, "\(events.count) events at once; the limit is \(Self.batch)")
        }
        var bytes = 0
        let span = events.span
        for index in span.indices { bytes += try size(checking: span[index]) }
        guard bytes <= Self.batchBytes else {
            throw AppendError(.tooLarge, "\(bytes) bytes at once; the limit is \(Self.batchBytes)")
        }
        return bytes
    }

    /// Throws as `check(_:)` unless `id` may be an event's.
    static func check(id: String) throws(AppendError) { _ = try length(id, "id", maximum: Self.id) }

    private func size(checking event: borrowing NewEvent) throws(AppendError) -> Int {
        var size = RecordLayout.headerSize
        size += try Self.length(event.topic, "topic", maximum: Self.topic)
        try Self.checkLevels(event.topic)
        size += try Self.length(event.type, "type", maximum: Self.type)
        try Self.checkReserved(event.type)
        if let id = event.id { size += try Self.length(id, "id", maximum: Self.id) }
        if let source = event.source { size += try Self.length(source, "source", maximum: Self.source) }
        let count = event.data.count
        guard count <= data else { throw AppendError(.tooLarge, "data is \(count) bytes; the limit is \(data)", field: "data") }
        return size + count
    }

    /// The length of a name, when it keeps its bound and has no control character.
    @inline(__always)
    private static func length(_ name: String, _ field: StaticString, maximum: Int) throws(AppendError) -> Int {
        let bytes = name.utf8Span.span
        guard bytes.count > 0 else { throw AppendError(.invalidEvent, "\(field) is empty", field: "\(field)") }
        guard bytes.count <= maximum
        else { throw AppendError(.tooLarge, "\(field) is \(bytes.count) bytes; the limit is \(maximum)", field: "\(field)") }
        // Unicode's control characters are U+0000 … U+001F, U+007F and U+0080 … U+009F (C2 80 … C2 9F in UTF-8).
        var previous: UInt8 = 0
        var isClean = true
        for index in bytes.indices {
            let byte = bytes[unchecked: index]
            if byte < 0x20 || byte == 0x7F || (previous == 0xC2 && byte < 0xA0) { isClean = false }
            previous = byte
        }
        guard isClean else { throw AppendError(.invalidEvent, "\(field) contains a control character", field: "\(field)") }
        return bytes.count
    }

    private static func checkLevels(_ topic: String) throws(AppendError) {
        let slash = UInt8(ascii: "/")
        let bytes = topic.utf8Span.span
        var previous = slash
        for index in bytes.indices {
            let byte = bytes[unchecked: index]
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

    private static func checkReserved(_ type: String) throws(AppendError) {
        // No reserved name has a point, and most types have one: no need to hash those.
        let bytes = type.utf8Span.span
        for index in bytes.indices where bytes[unchecked: index] == UInt8(ascii: ".") { return }
        guard !reservedTypes.contains(type)
        else { throw AppendError(.invalidEvent, "type \(type) is reserved; choose another name", field: "type") }
    }
}
