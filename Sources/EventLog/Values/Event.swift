internal import Glibc

/// One immutable entry of the log.
public struct Event: Hashable, Sendable {
    public let offset: Offset
    public let time: Timestamp
    public let topic: String
    public let type: String
    public let id: String?
    public let source: String?
    public let data: EventData

    /// Copies what `view` points at.
    public init(_ view: borrowing EventView) {
        offset = view.offset
        time = view.time
        topic = view.topic.string
        type = view.type.string
        id = view.id.byteCount == 0 ? nil : view.id.string
        source = view.source.byteCount == 0 ? nil : view.source.string
        data = view.isJSON ? .json(view.data.array) : .bytes(view.data.array)
    }
}

extension RawSpan {
    var string: String { withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }

    var array: [UInt8] { withUnsafeBytes { Array($0) } }

    func isEqual(_ bytes: [UInt8]) -> Bool { isEqual(bytes.span.bytes) }

    /// Byte for byte: two strings that Swift calls equal may be different
    /// bytes (Unicode's canonical equivalence).
    func isEqual(_ other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        guard byteCount > 0 else { return true }
        return withUnsafeBytes { mine in
            other.withUnsafeBytes { memcmp(mine.baseAddress!, $0.baseAddress!, mine.count) == 0 }
        }
    }
}
