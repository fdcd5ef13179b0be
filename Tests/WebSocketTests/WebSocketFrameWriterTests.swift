import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing
import WebSocket

@Suite("Frames from the server")
struct WebSocketFrameWriterTests {
    @Test(
        "the length is encoded in its shortest form",
        arguments: [
            (0, [0x82, 0]), (125, [0x82, 125]), (126, [0x82, 126, 0, 126]), (65_535, [0x82, 126, 255, 255]),
            (65_536, [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] as [(Int, [UInt8])])
    func headers(length: Int, expected: [UInt8]) {
        var buffer = ByteBuffer(), array: [UInt8] = []
        WebSocketFrameWriter.appendHeader(.binary, payloadLength: length, to: &buffer)
        WebSocketFrameWriter.appendHeader(.binary, payloadLength: length, to: &array)
        #expect(Array(buffer.readableBytesView) == expected)
        #expect(array == expected)
        #expect(WebSocketFrameWriter.headerLength(forPayload: length) == expected.count)
    }

    @Test("NIO's decoder reads the written frames in order", arguments: [0, 5, 125, 126, 70_000])
    func otherDecoder(length: Int) throws {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
        var frames = ByteBuffer()
        WebSocketFrameWriter.append(.binary, payload: payload, to: &frames)
        WebSocketFrameWriter.append(.ping, payload: ByteBuffer(string: "?"), to: &frames)
        WebSocketFrameWriter.append(text: "€", to: &frames)
        var array: [UInt8] = []
        WebSocketFrameWriter.append(.binary, payload: payload, to: &array)
        #expect(frames.readableBytesView.starts(with: array))

        let channel = EmbeddedChannel(handler: ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 1 << 20)))
        try channel.writeInbound(frames)
        let expected = [(NIOWebSocket.WebSocketOpcode.binary, payload), (.ping, [0x3F]), (.text, [0xE2, 0x82, 0xAC])]
        for (opcode, bytes) in expected {
            let frame = try #require(try channel.readInbound(as: WebSocketFrame.self))
            #expect(frame.opcode == opcode && frame.fin && frame.maskKey == nil)
            #expect(Array(frame.data.readableBytesView) == bytes)
        }
        _ = try? channel.finish()
    }

    @Test("a close frame has at most 125 bytes and never half a character")
    func longReason() {
        var frame = ByteBuffer()
        WebSocketFrameWriter.appendClose(.policyViolation, reason: "x" + String(repeating: "€", count: 60), to: &frame)
        let bytes = Array(frame.readableBytesView)
        #expect(bytes.prefix(4) == [0x88, 2 + 121, 0x03, 0xF0])
        #expect(String(validating: bytes.dropFirst(4), as: UTF8.self) == "x" + String(repeating: "€", count: 40))
    }

    @Test("a close frame without a code is empty")
    func noCode() {
        var frame = ByteBuffer()
        WebSocketFrameWriter.appendClose(.missing, reason: "not sent", to: &frame)
        #expect(Array(frame.readableBytesView) == [0x88, 0])
    }
}
