import CZlib
package import NIOCore
import NIOHTTP1

/// Compression in the gzip format (RFC 1952), in one step.
package enum Gzip {
    /// A window of 15 bits; 16 more select the format of gzip instead of zlib's.
    static let windowBits: Int32 = 15 + 16
    static let memoryLevel: Int32 = 8

    /// Compresses bytes at once.
    ///
    /// - Parameter level: 1, fastest, to 9, smallest.
    /// - Returns: nil when zlib has no memory, or the result is not smaller.
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

/// Compression in the gzip format (RFC 1952), piece by piece.
///
/// Holds about 268 KB of memory until it is released (zconf.h, "memory requirements").
package final class GzipStream {
    /// The number of bytes by which the output buffer grows.
    private static let outputBytes = 32 << 10

    /// On the heap, because zlib keeps a pointer to it.
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameter level: 1, fastest, to 9, smallest.
    /// - Returns: nil when zlib has no memory.
    package init?(level: Int32 = 1) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        guard
            deflateInit2_(
                stream, level, Z_DEFLATED, Gzip.windowBits, Gzip.memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
                == Z_OK
        else { return nil }
    }

    deinit {
        deflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Compresses the next bytes.
    ///
    /// - Parameter bytes: less than 4 GiB.
    /// - Returns: the output that is ready; often empty, because zlib collects input before it writes.
    package func compress(_ bytes: ByteBuffer) -> ByteBuffer { run(bytes, Z_NO_FLUSH) }

    /// Returns the rest of the output, with the checksum; must be the last call.
    package func finish() -> ByteBuffer { run(ByteBuffer(), Z_FINISH) }

    private func run(_ bytes: ByteBuffer, _ flush: Int32) -> ByteBuffer {
        var output = ByteBuffer()
        bytes.withUnsafeReadableBytes { source in
            // zlib does not write to its input.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: source.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(source.count)
            repeat {
                output.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.outputBytes) { room in
                    stream.pointee.next_out = room.bindMemory(to: UInt8.self).baseAddress
                    stream.pointee.avail_out = UInt32(room.count)
                    // Fails only when the calls come in a wrong order.
                    _ = deflate(stream, flush)
                    return room.count - Int(stream.pointee.avail_out)
                }
            } while stream.pointee.avail_out == 0
        }
        return output
    }
}

/// Whether a client accepts compressed responses (RFC 9110, section 12.5.3).
package enum AcceptEncoding {
    static func gzip(_ head: HTTPRequestHead) -> Bool { gzip(head.headers[canonicalForm: "accept-encoding"]) }

    /// - Parameter values: the elements of all `Accept-Encoding` headers, with their weights.
    package static func gzip(_ values: [Substring]) -> Bool {
        weight(of: "gzip", values) ?? weight(of: "*", values) ?? false
    }

    /// Whether a coding has a weight above zero; nil when it is not named.
    private static func weight(of coding: String, _ values: [Substring]) -> Bool? {
        for value in values {
            let parts = value.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard parts.first == coding else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }?.dropFirst(2)
            return weight.map { !$0.allSatisfy { $0 == "0" || $0 == "." } } ?? true
        }
        return nil
    }
}
