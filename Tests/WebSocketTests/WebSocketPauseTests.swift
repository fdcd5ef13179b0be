import NIOCore
import NIOEmbedded
import TestSupport
import Testing
@testable import WebSocket

/// Counts what arrives at the connection's end of the pipeline.
private final class ReadCounter: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private(set) var reads = 0

    func read(context: ChannelHandlerContext) {
        reads += 1
        context.read()
    }
}

/// A connection on an embedded loop, whose clock the test moves.
private struct Rig {
    let channel = EmbeddedChannel()
    let socket = RecordingSocket()
    let connection: WebSocketConnection
    let counter = ReadCounter()
    let halves = HalfClosing()

    init() throws {
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        connection = WebSocketConnection(channel: channel, delegate: socket, options: WebSocketOptions())
        try channel.pipeline.syncOperations.addHandlers([halves, counter, connection])
        socket.onText = { text, connection in
            if text == "pause" { connection.isPaused = true }
        }
    }

    func receive(_ frames: ClientFrame...) throws { try receive(frames) }

    func receive(_ frames: [ClientFrame]) throws {
        try channel.writeInbound(ByteBuffer(bytes: frames.flatMap(\.bytes)))
    }

    func resume() {
        connection.isPaused = false
        channel.embeddedEventLoop.run()
    }

    func sent() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
        return bytes
    }

    func advance(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

    func finish() { _ = try? channel.finish(acceptAlreadyClosed: true) }
}

@Suite("A paused WebSocket", .timeLimit(.minutes(1)))
struct WebSocketPauseTests {
    @Test("frames after a pause in the same read wait, and later frames arrive after them")
    func sameRead() throws {
        let rig = try Rig()
        try rig.receive(
            .init(.text, "a"), .init(.text, "pause"), .init(.text, "b"), .init(.ping, "p"),
            .init(.text, "c", isFinal: false))
        try rig.receive(.init(.continuation, "d"), .init(.text, "pause"), .init(.text, "e"))
        #expect(rig.socket.calls == [.opened, .text("a"), .text("pause")])
        #expect(try rig.sent() == [])
        rig.connection.isPaused = false
        #expect(rig.socket.calls.count == 3)
        try rig.receive(.init(.text, "f"))
        rig.channel.embeddedEventLoop.run()
        #expect(rig.socket.calls.dropFirst(3) == [.text("b"), .text("cd"), .text("pause")])
        #expect(try rig.sent() == [0x8A, 1] + Array("p".utf8))
        rig.resume()
        #expect(rig.socket.calls.dropFirst(6) == [.text("e"), .text("f")])
        rig.finish()
    }

    @Test("nothing is read during a pause, and a requested read happens after it")
    func reads() throws {
        let rig = try Rig()
        let before = rig.counter.reads
        rig.connection.isPaused = true
        rig.channel.read()
        rig.channel.read()
        #expect(rig.counter.reads == before)
        rig.resume()
        #expect(rig.counter.reads == before + 1)
        rig.resume()
        #expect(rig.counter.reads == before + 1)
        rig.finish()
    }

    @Test("a pause that ends and begins again at once delivers nothing")
    func flapping() throws {
        let rig = try Rig()
        try rig.receive(.init(.text, "pause"), .init(.text, "a"))
        rig.connection.isPaused = false
        rig.connection.isPaused = true
        rig.channel.embeddedEventLoop.run()
        #expect(rig.socket.calls == [.opened, .text("pause")])
        rig.resume()
        #expect(rig.socket.calls.last == .text("a"))
        rig.finish()
    }

    @Test("a silent peer is not disconnected during a pause, but after it")
    func silence() throws {
        let rig = try Rig()
        rig.connection.isPaused = true
        for _ in 0..<10 { rig.advance(30) }
        #expect(rig.connection.isOpen)
        rig.resume()
        rig.advance(30)
        #expect(rig.connection.isOpen)
        rig.advance(30)
        #expect(rig.socket.closures == [.init(origin: .lost, code: .abnormal, reason: "")])
        rig.finish()
    }

    @Test("more unread bytes than the limit end the connection")
    func bound() throws {
        let rig = try Rig()
        try rig.receive(.init(.text, "pause"))
        let frame = ClientFrame(.binary, [UInt8](repeating: 7, count: 60_000))
        for _ in 0..<8 { try rig.receive(frame) }
        #expect(rig.connection.isOpen)
        try rig.receive(frame)
        #expect(
            rig.socket.calls == [.opened, .text("pause"), .closed(.init(origin: .lost, code: .abnormal, reason: ""))])
        #expect(!rig.channel.isActive)
        rig.finish()
    }

    @Test("closing ends a pause, so that the peer's close frame is seen")
    func closing() throws {
        let rig = try Rig()
        try rig.receive(.init(.text, "pause"), .init(.text, "a"))
        rig.connection.close(.goingAway)
        #expect(!rig.connection.isPaused)
        try rig.receive(.close(1001))
        rig.channel.embeddedEventLoop.run()
        #expect(rig.halves.outputIsShut)
        rig.connection.isPaused = true
        #expect(!rig.connection.isPaused)
        #expect(
            rig.socket.calls == [
                .opened, .text("pause"), .closed(.init(origin: .server, code: .goingAway, reason: "")),
            ])
        rig.finish()
    }

    private static let upgrade = """
        GET /pausing HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n
        """

    private func paused(_ server: inout TestServer, more: [UInt8]) async throws -> (RawClient, PausingSocket.Pause) {
        let client = try await RawClient.connect(to: server.port)
        try await client.send(Array(Self.upgrade.utf8) + ClientFrame(.text, "pause").bytes + more)
        _ = try await client.text(through: "\r\n\r\n")
        return (client, try #require(await server.nextPause()))
    }

    @Test("many frames of one packet, and megabytes after them, arrive in order after a pause")
    func manyFrames() async throws {
        try await TestServer.run { server in
            let numbers = (0..<500).flatMap { ClientFrame(.text, "\($0)").bytes }
            let (client, pause) = try await paused(&server, more: numbers)
            let megabyte = ClientFrame(.binary, [UInt8](repeating: 1, count: 1 << 20)).bytes
            async let sent: Void = client.send([[UInt8]](repeating: megabyte, count: 16).flatMap { $0 })
            pause.end()
            let expected = (0..<500).map { "\($0)" } + [String](repeating: "1048576", count: 16)
            for text in expected {
                #expect(
                    try await client.bytes(2 + text.utf8.count) == [0x81, UInt8(text.utf8.count)] + Array(text.utf8))
            }
            try await sent
            try? await client.close()
            #expect(await server.nextEnd() == "socket lost 1006")
        }
    }

    enum Departure: CaseIterable, Sendable { case shutsOutput, closes, resets }

    @Test("a peer that disconnects during a pause is noticed", arguments: Departure.allCases, [0, 10, 4_000_000])
    func departure(_ departure: Departure, bytes: Int) async throws {
        try await TestServer.run { server in
            let (client, pause) = try await paused(&server, more: [])
            let empty = [0x82, 0x80] + [UInt8](repeating: 0, count: 4)
            async let sent: Void? = try? client.send(
                [[UInt8]](repeating: empty, count: bytes / empty.count).flatMap { $0 })
            if bytes < 1000 { await sent }
            switch departure {
            case .shutsOutput: try? await client.shutOutput()
            case .closes: try? await client.close()
            case .resets: try? await client.reset()
            }
            #expect(await server.nextEnd() == "socket lost 1006")
            pause.end()
            if departure == .shutsOutput { try? await client.close() }
            await sent
        }
    }

    @Test("a paused socket closes with a handshake")
    func closesWithHandshake() async throws {
        try await TestServer.run { server in
            let (client, pause) = try await paused(&server, more: ClientFrame(.text, "a").bytes)
            pause.close()
            #expect(try await client.bytes(4) == [0x88, 2, 0x03, 0xE8])
            try await client.send(ClientFrame.close(1000).bytes)
            #expect(try await client.rest() == [])
            #expect(await server.nextEnd() == "socket server 1000")
            try? await client.close()
        }
    }
}
