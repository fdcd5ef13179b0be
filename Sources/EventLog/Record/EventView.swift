internal import Glibc

/// An event where it lies, sliced without being parsed or copied.
///
/// Valid only as long as the read that lends it.
public struct EventView: ~Escapable {
    public let offset: Offset
    /// The whole record.
    public let record: RawSpan
    private let topicEnd: Int
    private let typeEnd: Int
    private let idEnd: Int
    private let sourceEnd: Int

    /// - Returns: nil when the lengths in the header do not add up to the record's.
    @_lifetime(copy record)
    init?(_ record: RawSpan, at offset: Offset) {
        guard record.byteCount >= RecordLayout.headerSize else { return nil }
        let dataLength = Int(
            UInt32(littleEndian: record.unsafeLoadUnaligned(fromByteOffset: RecordLayout.dataLength, as: UInt32.self)))
        topicEnd =
            RecordLayout.headerSize
            + Int(record.unsafeLoadUnaligned(fromByteOffset: RecordLayout.topicLength, as: UInt8.self))
        typeEnd = topicEnd + Int(record.unsafeLoadUnaligned(fromByteOffset: RecordLayout.typeLength, as: UInt8.self))
        idEnd = typeEnd + Int(record.unsafeLoadUnaligned(fromByteOffset: RecordLayout.idLength, as: UInt8.self))
        sourceEnd = idEnd + Int(record.unsafeLoadUnaligned(fromByteOffset: RecordLayout.sourceLength, as: UInt8.self))
        guard sourceEnd + dataLength == record.byteCount else { return nil }
        self.offset = offset
        self.record = record
    }

    public var time: Timestamp {
        Timestamp(
            microseconds: Int64(
                littleEndian: record.unsafeLoadUnaligned(fromByteOffset: RecordLayout.time, as: Int64.self)))
    }

    public var digest: Digest { record.withUnsafeBytes { Digest($0) } }

    public var isJSON: Bool {
        UInt32(littleEndian: record.unsafeLoadUnaligned(fromByteOffset: RecordLayout.flags, as: UInt32.self))
            & RecordLayout.jsonFlag != 0
    }

    /// Topic, type, id and source in one run.
    var names: RawSpan { @_lifetime(copy self) get { slice(RecordLayout.headerSize, sourceEnd) } }

    public var topic: RawSpan { @_lifetime(copy self) get { slice(RecordLayout.headerSize, topicEnd) } }
    public var type: RawSpan { @_lifetime(copy self) get { slice(topicEnd, typeEnd) } }
    /// Empty when the event has none.
    public var id: RawSpan { @_lifetime(copy self) get { slice(typeEnd, idEnd) } }
    /// Empty when the event has none.
    public var source: RawSpan { @_lifetime(copy self) get { slice(idEnd, sourceEnd) } }
    public var data: RawSpan { @_lifetime(copy self) get { slice(sourceEnd, record.byteCount) } }

    @_lifetime(copy self)
    private func slice(_ start: Int, _ end: Int) -> RawSpan { record.extracting(start..<end) }
}

extension EventView {
    /// A copy of the topic.
    public var topicText: String { topic.string }

    /// A copy of the type.
    public var typeText: String { type.string }
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
