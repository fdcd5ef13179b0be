internal import Base64
internal import Crypto

/// The layout of an event in the database `events`. All integers are little-endian.
///
/// ```
///  0                16        24        28   29  30     31      32     36
///  ┌────────────────┬─────────┬─────────┬────┬───┬──────┬───────┬──────┬─────┬────┬──┬──────┬────┐
///  │ digest         │ time µs │ data    │type│id │topic │source │flags │topic│type│id│source│data│
///  │ 16 bytes       │ i64     │ u32     │u8  │u8 │u8    │u8     │u32   │     │    │  │      │    │
///  └────────────────┴─────────┴─────────┴────┴───┴──────┴───────┴──────┴─────┴────┴──┴──────┴────┘
///                             └───────── lengths in bytes ─────┘       └──── in this order ──────┘
/// ```
///
/// `digest` is the first 16 bytes of SHA-256(digest of the previous record ‖
/// this record from byte 16 on). Flag 1: data is JSON. An absent id or source
/// has length 0. The offset is the key.
enum RecordLayout {
    static let time = 16
    static let dataLength = 24
    static let typeLength = 28
    static let idLength = 29
    static let topicLength = 30
    static let sourceLength = 31
    static let flags = 32
    static let headerSize = 36

    static let jsonFlag: UInt32 = 1
    /// Stands for the time of an event that gets the time of its append.
    static let undated = Timestamp(rawValue: .min)

    /// Writes the record of `events[index]` at `start`, without digest, with the event's own time or `undated`.
    ///
    /// The array is passed, so that no event is copied: a copy counts five references.
    ///
    /// - Returns: the offset in `output` after the record.
    static func write(
        _ events: [NewEvent], _ index: Int, to output: UnsafeMutableRawBufferPointer, at start: Int
    ) -> Int {
        var place = start + headerSize
        let topicLength = copy(events[index].topic, to: output, at: &place)
        let typeLength = copy(events[index].type, to: output, at: &place)
        var idLength = 0
        if let id = events[index].id { idLength = copy(id, to: output, at: &place) }
        var sourceLength = 0
        if let source = events[index].source { sourceLength = copy(source, to: output, at: &place) }
        let dataLength: Int
        let flags: UInt32
        switch events[index].data {
        case .json(let bytes): (dataLength, flags) = (copy(bytes, to: output, at: &place), jsonFlag)
        case .bytes(let bytes): (dataLength, flags) = (copy(bytes, to: output, at: &place), 0)
        }
        let time = events[index].time ?? undated
        output.storeBytes(of: time.rawValue.littleEndian, toByteOffset: start + Self.time, as: Int64.self)
        output.storeBytes(of: UInt32(dataLength).littleEndian, toByteOffset: start + Self.dataLength, as: UInt32.self)
        output[start + Self.typeLength] = UInt8(typeLength)
        output[start + Self.idLength] = UInt8(idLength)
        output[start + Self.topicLength] = UInt8(topicLength)
        output[start + Self.sourceLength] = UInt8(sourceLength)
        output.storeBytes(of: flags.littleEndian, toByteOffset: start + Self.flags, as: UInt32.self)
        return place
    }

    /// Copies a written record to `output`, and writes its time and the digest that chains it to the record before.
    ///
    /// - Returns: the digest.
    static func seal(
        _ record: RawSpan, time: Timestamp, after previous: Digest, into output: UnsafeMutableRawBufferPointer
    ) -> Digest {
        guard let start = output.baseAddress else { preconditionFailure("a record is never empty") }
        record.withUnsafeBytes { output.copyMemory(from: $0) }
        start.storeBytes(of: time.rawValue.littleEndian, toByteOffset: Self.time, as: Int64.self)
        // With the previous digest in the field of the digest, the record is exactly what is hashed.
        previous.write(to: start)
        let digest = Digest(of: UnsafeRawBufferPointer(output))
        digest.write(to: start)
        return digest
    }

    @inline(__always)
    private static func copy(_ text: String, to output: UnsafeMutableRawBufferPointer, at place: inout Int) -> Int {
        var text = text
        let count = text.withUTF8 { bytes in
            UnsafeMutableRawBufferPointer(rebasing: output[place...]).copyMemory(from: UnsafeRawBufferPointer(bytes))
            return bytes.count
        }
        place += count
        return count
    }

    @inline(__always)
    private static func copy(_ bytes: [UInt8], to output: UnsafeMutableRawBufferPointer, at place: inout Int) -> Int {
        bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: output[place...]).copyMemory(from: $0) }
        place += bytes.count
        return bytes.count
    }
}

extension RawSpan {
    /// The digest of this record after a record with the digest `previous`.
    func digest(chainedTo previous: Digest) -> Digest {
        withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(byteCount: bytes.count, alignment: 8) { copy in
                copy.copyMemory(from: bytes)
                copy.baseAddress.map(previous.write(to:))
                return Digest(of: UnsafeRawBufferPointer(copy))
            }
        }
    }
}

/// The first 16 bytes of a SHA-256, which chain each record to the record before it.
public struct Digest: Hashable, Sendable {
    /// The size of a digest in bytes.
    public static let size = 16

    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    init(_ bytes: UnsafeRawBufferPointer) {
        high = bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
        low = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    }

    /// The digest before the first record: the log's id, so that no two logs share a chain.
    init(genesis log: LogID) {
        high = log.rawValue.littleEndian
        low = 0
    }

    /// The digest of `bytes`.
    init(of bytes: UnsafeRawBufferPointer) {
        var hash = SHA256()
        hash.update(bufferPointer: bytes)
        self = hash.finalize().withUnsafeBytes { Digest($0) }
    }

    func write(to output: UnsafeMutableRawPointer) {
        output.storeBytes(of: high, toByteOffset: 0, as: UInt64.self)
        output.storeBytes(of: low, toByteOffset: 8, as: UInt64.self)
    }

    var bytes: [UInt8] { withUnsafeBytes(of: high) { Array($0) } + withUnsafeBytes(of: low) { Array($0) } }
}

extension Digest: CustomStringConvertible {
    /// 32 hexadecimal digits.
    public var description: String { bytes.hexadecimal }
}
