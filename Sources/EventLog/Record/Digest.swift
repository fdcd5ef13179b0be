internal import Base64
internal import Crypto

/// The first 16 bytes of a SHA-256, which chains each record to the one before it.
public struct Digest: Hashable, Sendable {
    /// Bytes of a digest.
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
