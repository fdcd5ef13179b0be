import CZlib
import NIOCore
import NIOHTTP1
@testable import SocketIO
import Testing
import TestSupport

@Suite("Compression", .timeLimit(.minutes(1)))
struct CompressionTests {
    /// Decompresses with zlib.
    static func inflated(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return []
        }
        defer { inflateEnd(&stream) }
        var input = bytes
        return input.withUnsafeMutableBufferPointer { source in
            [UInt8](unsafeUninitializedCapacity: 4 << 20) { room, count in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = room.baseAddress
                stream.avail_out = UInt32(room.count)
                count = inflate(&stream, Z_FINISH) == Z_STREAM_END ? Int(stream.total_out) : 0
            }
        }
    }

    @Test("gzip restores the input", arguments: [40, 1024, 70_000, 1_000_000])
    func gzip(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let compressed = try #require(Gzip.compressed(ByteBuffer(bytes: bytes)))
        #expect(compressed.readableBytes < count)
        #expect(Self.inflated(Array(compressed.readableBytesView)) == bytes)
    }

    @Test("bytes that were compressed in pieces of any size are restored", arguments: [1, 1000, 65_536, 1_000_000])
    func pieces(length: Int) throws {
        var generator = SeededGenerator(seed: 7)
        // Half of it cannot be compressed: the output exceeds one buffer.
        let bytes = (0..<300_000).map {
            $0 < 150_000 ? UInt8(truncatingIfNeeded: $0 / 7) : UInt8.random(in: 0...255, using: &generator)
        }
        let stream = try #require(GzipStream())
        var rest = ByteBuffer(bytes: bytes)
        var output = ByteBuffer()
        while let piece = rest.readSlice(length: min(length, rest.readableBytes)), piece.readableBytes > 0 {
            output.writeImmutableBuffer(stream.compress(piece))
        }
        output.writeImmutableBuffer(stream.finish())
        #expect(Self.inflated(Array(output.readableBytesView)) == bytes)
    }

    @Test("no bytes, compressed in pieces, are a complete gzip file")
    func noPieces() throws {
        let stream = try #require(GzipStream())
        let output = stream.finish()
        #expect(output.readableBytes == 20)
        #expect(Self.inflated(Array(output.readableBytesView)).isEmpty)
    }

    @Test("bytes that do not become smaller are not compressed")
    func incompressible() {
        var generator = SystemRandomNumberGenerator()
        #expect(
            Gzip.compressed(ByteBuffer(bytes: (0..<2000).map { _ in UInt8.random(in: 0...255, using: &generator) }))
                == nil)
        #expect(Gzip.compressed(ByteBuffer()) == nil)
    }

    @Test(
        "a client says whether it accepts gzip",
        arguments: [
            ("gzip", true), ("deflate, gzip, br", true), ("GZIP", true), ("gzip;q=0.5", true), ("*", true),
            ("gzip; q=1", true),
            ("", false), ("br", false), ("gzip;q=0", false), ("gzip;q=0.0, *", false), ("*;q=0", false),
            ("gzipped", false),
        ])
    func accepting(value: String, takes: Bool) {
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/", headers: ["Accept-Encoding": value])
        #expect(AcceptEncoding.gzip(head) == takes)
    }

    @Test(
        "polling responses are compressed from the threshold on for clients that accept gzip",
        arguments: [(1022, "gzip", false), (1023, "gzip", true), (1023, "br", false), (50_000, "gzip, deflate", true)])
    func polling(count: Int, accepts: String, isCompressed: Bool) async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            let sid = try await server.poll(client)
            let text = String(repeating: "abc", count: count / 3 + 1).prefix(count)
            server.log.session { $0.write(String(text)) }
            let answer = try await client.request("GET", PollingTests.target(sid), ["Accept-Encoding: \(accepts)"])
            #expect(answer.headers["content-type"] == "text/plain; charset=UTF-8")
            #expect(answer.headers["content-encoding"] == (isCompressed ? "gzip" : nil))
            #expect(answer.headers["vary"] == (isCompressed ? "Accept-Encoding" : nil))
            #expect((isCompressed ? Self.inflated(answer.body) : answer.body) == Array("4\(text)".utf8))
        }
    }

    @Test("nothing is compressed when it is switched off")
    func switchedOff() async throws {
        var options = SocketIOOptions()
        options.compressionThreshold = nil
        try await EngineTestServer.run(options) { server in
            let client = try await server.connect()
            let sid = try await server.poll(client)
            server.log.session { $0.write(String(repeating: "x", count: 5000)) }
            let answer = try await client.request("GET", PollingTests.target(sid), ["Accept-Encoding: gzip"])
            #expect(answer.headers["content-encoding"] == nil)
            #expect(answer.body.count == 5001)
            let script = try await client.request("GET", "/socket.io/socket.io.js", ["Accept-Encoding: gzip"])
            #expect(script.headers["content-encoding"] == nil)
        }
    }
}
