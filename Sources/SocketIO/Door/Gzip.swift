import CZlib
package import NIOCore

/// Compression in the gzip format (RFC 1952), in one step.
package enum Gzip {
    /// 15 bits of window, and 16 for gzip's wrapping in place of zlib's.
    static let windowBits: Int32 = 15 + 16
    static let memoryLevel: Int32 = 8

    /// - Parameter level: 1, fastest, to 9, smallest.
    /// - Returns: nil when zlib has no memory, or the bytes do not become fewer.
    package static func compressed(_ bytes: ByteBuffer, level: Int32 = 1) -> ByteBuffer? {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard
            deflateInit2_(
                &stream, level, Z_DEFLATED, windowBits, memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        return deflate(bytes, &stream)
    }

    private static func deflate(_ bytes: ByteBuffer, _ stream: inout z_stream) -> ByteBuffer? {
        guard let length = UInt32(exactly: bytes.readableBytes) else { return nil }
        var output = ByteBuffer()
        var isWhole = false
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: bytes.readableBytes) { room in
            bytes.withUnsafeReadableBytes { source in
                // zlib does not write to its input.
                stream.next_in = UnsafeMutablePointer(mutating: source.bindMemory(to: UInt8.self).baseAddress)
                stream.avail_in = length
                stream.next_out = room.bindMemory(to: UInt8.self).baseAddress
                stream.avail_out = length
                isWhole = CZlib.deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
            return Int(length - stream.avail_out)
        }
        return isWhole ? output : nil
    }
}
