internal import LMDB

/// The state of a projection at an offset, as the log stores it.
public struct Snapshot: Hashable, Sendable {
    /// The maximum length of a projection's name, in bytes.
    public static let maximumName = 200
    /// The maximum size of a state, in bytes.
    public static let maximumState = 1 << 30
    /// The number of snapshots that are kept of each projection, beside the one that replaces trimmed events. Storing a
    /// snapshot removes older ones.
    public static let kept = 2

    /// The name of the projection.
    public let name: String
    /// The last event that is part of the state.
    public let offset: Offset
    /// The state, as ``Projection/encode(_:)`` returned it.
    public let state: [UInt8]

    /// Makes a snapshot to store; the log checks name and size when it is stored.
    public init(name: String, offset: Offset, state: [UInt8]) {
        self.name = name
        self.offset = offset
        self.state = state
    }

    /// A stored snapshot without its state.
    public struct Info: Hashable, Sendable {
        /// The name of the projection.
        public let name: String
        /// The last event that is part of the state.
        public let offset: Offset
        /// The size of the state in bytes.
        public let size: Int

        init(name: String, offset: Offset, size: Int) {
            self.name = name
            self.offset = offset
            self.size = size
        }
    }
}

/// The key of one part of a snapshot: `name ‖ 0 ‖ offset (8, big-endian) ‖ part (4, big-endian)`.
///
/// Part 0 is the header: state size (u64, little-endian) and digest (16).
/// The state follows in parts of at most `partSize` bytes, because a value
/// larger than a page needs free pages in a row (`lmdb.md`: fragmentation).
struct SnapshotKey {
    /// Eight pages of 4 KiB, less LMDB's page header.
    static let partSize = (32 << 10) - 16
    static let headerSize = 8 + Digest.size

    let name: String
    let offset: Offset
    let part: UInt32

    var bytes: [UInt8] {
        Array(name.utf8) + [0]
            + withUnsafeBytes(of: offset.rawValue.bigEndian) { Array($0) }
            + withUnsafeBytes(of: part.bigEndian) { Array($0) }
    }

    init(name: String, offset: Offset, part: UInt32) {
        self.name = name
        self.offset = offset
        self.part = part
    }

    init?(_ bytes: [UInt8]) {
        guard bytes.count > 13, bytes[bytes.count - 13] == 0 else { return nil }
        name = String(decoding: bytes.dropLast(13), as: UTF8.self)
        offset = Offset(
            bytes.withUnsafeBytes {
                UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: bytes.count - 12, as: UInt64.self))
            })
        part = bytes.withUnsafeBytes {
            UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self))
        }
    }
}
