import NIOCore
import NIOEmbedded
import Testing
@testable import WebSocket

/// A connection on an embedded loop, whose clock the test moves.
private struct Rig {
    let channel = EmbeddedChannel()
    let socket = RecordingSocket()
    let connection: WebSocketConnection
    let holder = OutboundHolder()
    let halves = HalfClosing()

    init(holding: Bool = false, _ change: (inout WebSocketOptions) -> Void = { _ in }) throws {
        var options = WebSocketOptions()
        change(&options)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        connection = WebSocketConnection(channel: channel, delegate: socket, options: options)
        holder.isHolding = holding
        try channel.pipeline.syncOperations.addHandlers([halves, holder, connection])
    }

    func receive(_ frames: ClientFrame...) throws {
        try channel.writeInbound(ByteBuffer(bytes: frames.flatMap(\.bytes)))
    }

    /// Everything sent since the last call.
    func sent() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
        return bytes
    }

    func advance(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

    func shutInput() { channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }

    func finish() { _ = try? channel.finish(acceptAlreadyClosed: true) }
}

private func frame(_ opcode: WebSocketOpcode, _ payload: String) -> [UInt8] {
    var bytes: [UInt8] = []
    WebSocketFrameWriter.append(opcode, payload: Array(payload.utf8), to: &bytes)
    return bytes
}

private func close(_ code: WebSocketCloseCode, _ reason: String = "") -> [UInt8] {
    var frame = ByteBuffer()
    WebSocketFrameWriter.appendClose(code, reason: reason, to: &frame)
    return Array(frame.readableBytesView)
}

@Suite("WebSocket connection")
struct WebSocketConnectionTests {
    @Test("messages are received and sent in order")
    func messages() throws {
        let rig = try Rig()
        rig.socket.onText = { text, connection in connection.send(text: text.uppercased()) }
        try rig.receive(.init(.text, "one"), .init(.binary, [1, 2]), .init(.text, "two"))
        #expect(rig.socket.calls == [.opened, .text("one"), .binary([1, 2]), .text("two")])
        #expect(try rig.sent() == frame(.text, "ONE") + [0x82, 2, 1, 2] + frame(.text, "TWO"))
        rig.finish()
    }

    @Test("the pings of one read are answered in order, each once")
    func pings() throws {
        let rig = try Rig()
        try rig.receive(.init(.ping, "a"), .init(.ping), .init(.ping, "b"))
        #expect(try rig.sent() == frame(.pong, "a") + frame(.pong, "") + frame(.pong, "b"))
        rig.finish()
    }

    @Test("a ping inside a fragmented message is answered before the message is")
    func pingBeforeMessage() throws {
        let rig = try Rig()
        rig.socket.onText = { text, connection in connection.send(text: text) }
        try rig.receive(
            .init(.text, "a", isFinal: false), .init(.ping, "1"), .init(.continuation, "b", isFinal: false),
            .init(.ping, "2"), .init(.continuation, "c"))
        #expect(try rig.sent() == frame(.pong, "1") + frame(.pong, "2") + frame(.text, "abc"))
        rig.finish()
    }

    @Test("a flood of pings from a peer that does not read costs one pong being sent and one kept")
    func pingFlood() throws {
        let rig = try Rig(holding: true)
        for number in 0..<10_000 { try rig.receive(.init(.ping, "\(number)")) }
        #expect(rig.holder.kept.map { Array($0.bytes.readableBytesView) } == [frame(.pong, "0")])
        #expect(rig.connection.unsentPongBytes == frame(.pong, "9999").count)
        rig.holder.release(context: try rig.channel.pipeline.syncOperations.context(handler: rig.holder))
        #expect(try rig.sent() == frame(.pong, "0") + frame(.pong, "9999"))
        rig.finish()
    }

    @Test("while the peer is behind only the latest ping is answered, when it has caught up")
    func pingWhileNotWritable() throws {
        let rig = try Rig()
        rig.channel.isWritable = false
        rig.channel.pipeline.fireChannelWritabilityChanged()
        try rig.receive(.init(.ping, "a"), .init(.ping, "b"))
        #expect(try rig.sent() == [])
        rig.channel.isWritable = true
        rig.channel.pipeline.fireChannelWritabilityChanged()
        #expect(try rig.sent() == frame(.pong, "b"))
        #expect(rig.socket.calls == [.opened, .writable(false), .writable(true)])
        rig.finish()
    }

    @Test(
        "a peer's close is answered with the same code, and the connection closes when the peer closes",
        arguments: [
            (ClientFrame.close(1000, Array("bye".utf8)), WebSocketCloseCode.normal, "bye", close(.normal)),
            (ClientFrame.close(4001), WebSocketCloseCode(rawValue: 4001), "", close(.init(rawValue: 4001))),
            (ClientFrame(.close), .missing, "", [0x88, 0]),
        ])
    func peerCloses(frame: ClientFrame, code: WebSocketCloseCode, reason: String, answer: [UInt8]) throws {
        let rig = try Rig()
        try rig.receive(frame, .init(.text, "late"))
        #expect(rig.socket.calls == [.opened, .closed(.init(origin: .peer, code: code, reason: reason))])
        #expect(try rig.sent() == answer)
        #expect(!rig.connection.isOpen)
        #expect(rig.halves.outputIsShut && rig.channel.isActive)
        rig.shutInput()
        #expect(!rig.channel.isActive)
        rig.finish()
    }

    @Test("our close waits for the answer, and sends nothing after it")
    func weClose() throws {
        let rig = try Rig()
        rig.connection.close(.policyViolation, reason: "no")
        rig.connection.close(.normal)
        rig.connection.send(text: "late")
        try rig.receive(.init(.text, "crossing"), .init(.ping, "crossing"))
        #expect(try rig.sent() == close(.policyViolation, "no"))
        #expect(rig.socket.calls == [.opened, .closed(.init(origin: .server, code: .policyViolation, reason: "no"))])
        #expect(!rig.halves.outputIsShut)
        try rig.receive(.close(1008))
        #expect(rig.halves.outputIsShut && rig.channel.isActive)
        rig.shutInput()
        #expect(!rig.channel.isActive)
        rig.finish()
    }

    @Test("a peer that does not answer our close is disconnected after five seconds")
    func closeTimeout() throws {
        let rig = try Rig()
        rig.connection.close()
        rig.advance(4)
        #expect(rig.channel.isActive)
        rig.advance(1)
        #expect(!rig.channel.isActive)
        rig.finish()
    }

    @Test("a peer that answers our close and stays connected is disconnected after five seconds")
    func answeredButStays() throws {
        let rig = try Rig()
        rig.connection.close()
        try rig.receive(.close(1000))
        rig.advance(4)
        #expect(rig.halves.outputIsShut && rig.channel.isActive)
        rig.advance(1)
        #expect(!rig.channel.isActive)
        rig.finish()
    }

    @Test(
        "a violation is answered with its close frame, byte for byte",
        arguments: ViolationCase.reserved + ViolationCase.order + ViolationCase.text + ViolationCase.closeCodes)
    func violation(_ test: ViolationCase) throws {
        let rig = try Rig()
        try rig.channel.writeInbound(ByteBuffer(bytes: test.frames.flatMap(\.bytes)))
        let closure = try #require(rig.socket.closures.first)
        #expect(closure.origin == .server && closure.code == test.code)
        #expect(rig.socket.closures.count == 1)
        let reason = Array(closure.reason.utf8)
        let code = test.code.rawValue
        #expect(try rig.sent() == [0x88, UInt8(2 + reason.count), UInt8(code >> 8), UInt8(code & 0xFF)] + reason)
        #expect(rig.halves.outputIsShut && rig.channel.isActive)
        rig.advance(5)
        #expect(!rig.channel.isActive)
        rig.finish()
    }

    @Test("a shutdown of the server closes with 1001")
    func quiesce() throws {
        let rig = try Rig()
        rig.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        let sent = try rig.sent()
        #expect(Array(sent.prefix(4)) == [0x88, UInt8(sent.count - 2), 0x03, 0xE9])
        #expect(rig.socket.closures.map(\.code) == [.goingAway])
        rig.finish()
    }

    @Test("a peer that disconnects without a close frame is reported as lost", arguments: [true, false])
    func lost(byHalfClose: Bool) throws {
        let rig = try Rig()
        if byHalfClose { rig.shutInput() } else { try rig.channel.close().wait() }
        #expect(!rig.channel.isActive)
        #expect(rig.socket.calls == [.opened, .closed(.init(origin: .lost, code: .abnormal, reason: ""))])
        rig.finish()
    }

    @Test("an active peer is pinged again, a silent one is disconnected after the next interval")
    func keepAlive() throws {
        let rig = try Rig()
        rig.advance(29)
        #expect(try rig.sent() == [])
        rig.advance(1)
        #expect(try rig.sent() == [0x89, 0])
        try rig.receive(.init(.pong))
        rig.advance(30)
        #expect(try rig.sent() == [0x89, 0])
        rig.advance(29)
        #expect(rig.channel.isActive)
        rig.advance(1)
        #expect(!rig.channel.isActive)
        #expect(rig.socket.closures.map(\.origin) == [.lost])
        rig.finish()
    }

    @Test("without an interval no ping is sent")
    func noKeepAlive() throws {
        let rig = try Rig { $0.pingInterval = nil }
        rig.advance(3600)
        #expect(try rig.sent() == [])
        #expect(rig.channel.isActive)
        rig.finish()
    }

    @Test("encoded frames are written unchanged, and are sent with the flush")
    func shared() throws {
        let rig = try Rig()
        let frames = ByteBuffer(bytes: frame(.text, "a") + frame(.text, "b"))
        rig.connection.write(encodedFrames: frames)
        #expect(try rig.sent() == [])
        rig.connection.flush()
        #expect(try rig.sent() == Array(frames.readableBytesView))
        rig.finish()
    }

    @Test("a delegate may close the connection inside a callback")
    func closeInside() throws {
        let rig = try Rig()
        rig.socket.onText = { _, connection in connection.close(.unacceptableData) }
        try rig.receive(.init(.text, "a"), .init(.text, "b"))
        #expect(
            rig.socket.calls == [
                .opened, .text("a"), .closed(.init(origin: .server, code: .unacceptableData, reason: "")),
            ])
        rig.finish()
    }
}
