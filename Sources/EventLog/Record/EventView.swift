internal import Glibc
public import JSON

/// An event in the memory of the log's file, without a copy.
///
/// A view is valid during the call that it is passed to. ``Event/init(_:)`` makes a copy that can be kept.
public struct EventView: ~Escapable {
    /// The place of the event in the log.
    public let offset: Offset
    /// The whole record, as the article <doc:FileFormat> describes it.
    public let record: RawSpan
    private let topicEnd: Int
    private let typeEnd: Int
    private let idEnd: Int
    private let sourceEnd: Int
    /// The data as the producer of a new event had them; nil for events that are read from the log. The pointer is valid
    /// as long as the view.
    var parsed: UnsafePointer<JSONValue>?

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

    /// When the event was appended, or the time that its producer gave.
    public var time: Timestamp {
        Timestamp(
            microseconds: Int64(
                littleEndian: record.unsafeLoadUnaligned(fromByteOffset: RecordLayout.time, as: Int64.self)))
    }

    /// The digest of the event and of all events before it.
    public var digest: Digest { record.withUnsafeBytes { Digest($0) } }

    /// Whether ``data`` is JSON text.
    public var isJSON: Bool {
        UInt32(littleEndian: record.unsafeLoadUnaligned(fromByteOffset: RecordLayout.flags, as: UInt32.self))
            & RecordLayout.jsonFlag != 0
    }

    /// Topic, type, id and source, one after the other.
    var names: RawSpan { @_lifetime(copy self) get { slice(RecordLayout.headerSize, sourceEnd) } }

    /// The bytes of the topic, in UTF-8.
    public var topic: RawSpan { @_lifetime(copy self) get { slice(RecordLayout.headerSize, topicEnd) } }
    /// The bytes of the type, in UTF-8.
    public var type: RawSpan { @_lifetime(copy self) get { slice(topicEnd, typeEnd) } }
    /// The bytes of the id, in UTF-8; empty when the event has no id.
    public var id: RawSpan { @_lifetime(copy self) get { slice(typeEnd, idEnd) } }
    /// The bytes of the source, in UTF-8; empty when the event has no source.
    public var source: RawSpan { @_lifetime(copy self) get { slice(idEnd, sourceEnd) } }
    /// The content of the event.
    public var data: RawSpan { @_lifetime(copy self) get { slice(sourceEnd, record.byteCount) } }

    /// The content of the event as a JSON value; nil when the content is not JSON.
    ///
    /// Parses the text, except for an event of a command that is being appended: the value is then that of the command.
    public var jsonData: JSONValue? {
        if let parsed { return parsed.pointee }
        return isJSON ? data.withUnsafeBytes { try? JSONValue(parsing: $0) } : nil
    }

    /// A copy of the topic.
    public var topicText: String { topic.string }

    /// A copy of the type.
    public var typeText: String { type.string }

    @_lifetime(copy self)
    private func slice(_ start: Int, _ end: Int) -> RawSpan { record.extracting(start..<end) }
}

extension RawSpan {
    var string: String { withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }

    var array: [UInt8] { withUnsafeBytes { Array($0) } }

    func isEqual(_ bytes: [UInt8]) -> Bool { isEqual(bytes.span.bytes) }

    /// Compares bytes: two strings that are equal in Swift may have different bytes (Unicode's canonical equivalence).
    func isEqual(_ other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        guard byteCount > 0 else { return true }
        return withUnsafeBytes { mine in
            other.withUnsafeBytes { memcmp(mine.baseAddress!, $0.baseAddress!, mine.count) == 0 }
        }
    }
}
