import Testing
@testable import bench

/// Clients of the benchmarks must notice missing events.
@Suite("frames that a client counts")
struct FrameCounterTests {
    /// Sizes of pieces that cut headers, payloads and offsets.
    private static let pieces = [1, 2, 3, 5, 11, 48, 50, 399, 65_536, 100_000]

    @Test(
        "frames and pings are counted wherever the bytes are cut",
        arguments: [nil, .front, .back] as [FrameCounter.OffsetPosition?], pieces)
    func cuts(_ position: FrameCounter.OffsetPosition?, _ piece: Int) {
        let sizes = [1, 60, 300, 70_000]
        var bytes: [UInt8] = []
        for offset in 1...20 {
            bytes += Self.frame(Self.event(offset, position ?? .front, size: sizes[offset % sizes.count]))
            if offset.isMultiple(of: 3) { bytes += Self.frame("2") }
        }
        let counter = Self.counter(position, bytes, piece: piece)
        #expect(counter.frames == 20)
        #expect(counter.pings == 6)
        #expect(!counter.isOutOfOrder)
    }

    @Test(
        "an event that is missing, repeated or out of order is noticed",
        arguments: [.front, .back] as [FrameCounter.OffsetPosition],
        [[1, 3], [1, 1], [2, 1], [1, 2, 4]])
    func disorder(_ position: FrameCounter.OffsetPosition, _ offsets: [Int]) {
        let bytes = offsets.flatMap { Self.frame(Self.event($0, position, size: 100)) }
        #expect(Self.counter(position, bytes, piece: 50).isOutOfOrder)
    }

    @Test("control messages are not checked")
    func control() {
        let replayed = #"42["replayed",{"head":9},"00000000000000ff:9"]"#
        let bytes =
            Self.frame(Self.event(1, .back, size: 1)) + Self.frame(replayed) + Self.frame(Self.event(2, .back, size: 1))
        let counter = Self.counter(.back, bytes, piece: 50)
        #expect(counter.frames == 3)
        #expect(!counter.isOutOfOrder)
    }

    @Test(
        "an event without its position is noticed",
        arguments: [#"{"offset":9}]"#, #"{"offset":9}"]"#, #"{"id":"bench:9}"}]"#, "{}]", #""9"]"#, "9]", ""])
    func noPosition(_ end: String) {
        let bytes = Self.frame(Self.event(8, .back, size: 1)) + Self.frame(#"42["bench.event",{"n":1},"# + end)
        #expect(Self.counter(.back, bytes, piece: 50).isOutOfOrder)
    }

    private static func event(_ offset: Int, _ position: FrameCounter.OffsetPosition, size: Int) -> String {
        let text = String(repeating: "x", count: size)
        return switch position {
        case .front: #"{"offset":\#(offset),"data":"\#(text)"}"#
        case .back: #"42["bench.event","\#(text)",{"offset":\#(offset)},"00000000000000ff:\#(offset)"]"#
        }
    }

    private static func frame(_ text: String) -> [UInt8] {
        let count = text.utf8.count
        let length: [UInt8] =
            switch count {
            case ..<126: [UInt8(count)]
            case ..<65_536: [126, UInt8(count >> 8), UInt8(count & 0xFF)]
            default: [127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
            }
        return [0x81] + length + text.utf8
    }

    /// A counter that received `bytes` in pieces of `piece` bytes.
    private static func counter(
        _ position: FrameCounter.OffsetPosition?, _ bytes: [UInt8], piece: Int
    ) -> FrameCounter {
        var counter = FrameCounter(checking: position)
        var rest = bytes[...]
        while !rest.isEmpty {
            Array(rest.prefix(piece)).withUnsafeBytes { counter.receive($0) }
            rest = rest.dropFirst(piece)
        }
        return counter
    }
}

@Suite("HTTP responses that a client reads")
struct HTTPResponseTests {
    @Test(
        "a response is complete with the last byte of its body",
        arguments: ["Content-Length: 5", "content-length:5", "X: 1\r\nCONTENT-LENGTH:  5"])
    func pieces(_ field: String) throws {
        var response = HTTPResponse()
        let bytes = Array("HTTP/1.1 200 OK\r\nX-Content-Length: 9\r\n\(field)\r\n\r\nhello".utf8)
        for (index, byte) in bytes.enumerated() {
            let isComplete = withUnsafeBytes(of: byte) { response.receive($0) }
            #expect(isComplete == (index == bytes.count - 1))
        }
        #expect(try response.removeBody(expecting: 200) == Array("hello".utf8))
    }

    @Test("a response with another status is an error")
    func status() throws {
        var response = HTTPResponse()
        let isComplete = Array("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".utf8).withUnsafeBytes {
            response.receive($0)
        }
        #expect(isComplete)
        #expect(throws: BenchmarkError.self) { try response.removeBody(expecting: 200) }
    }
}
