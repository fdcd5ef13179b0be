import FoundationEssentials
import NIOCore
@testable import SocketIO
import Synchronization
import TestSupport
import Testing

@Suite("Packets whose attachments do not come, over real sockets", .timeLimit(.minutes(1)))
struct AttachmentTests {
    private static let header = #"52-7["data",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#

    private static func run(
        _ options: SocketIOOptions, _ body: (SocketIOTestClient, SocketIOServer) async throws -> Void
    ) async throws {
        try await SocketIOTestServer.run(
            options,
            prepare: { io in
                io.onConnection { socket in
                    socket.on("data") { (one: Data, other: Data) in one.count + other.count }
                    socket.on("e") { 1 }
                }
            }
        ) { server in try await body(server.client(), server.io) }
    }

    /// Pings every 20 ms, so that a test sees time pass.
    private static var impatient: SocketIOOptions {
        var options = SocketIOOptions()
        options.attachmentTimeout = .milliseconds(50)
        options.pingInterval = .milliseconds(20)
        return options
    }

    @Test("a packet that stays incomplete closes the connection, even if the client answers pings", arguments: [0, 1])
    func late(attachments: Int) async throws {
        try await Self.run(Self.impatient) { client, _ in
            try await client.send(Self.header)
            for _ in 0..<attachments { try await client.wire.sendBinary([1]) }
            var packet = try await client.next()
            while packet != "end" {
                #expect(packet == "engine 2")
                try await client.wire.sendText("3")
                packet = try await client.next()
            }
        }
    }

    @Test("a packet that is complete in time leaves no timer that closes the connection")
    func inTime() async throws {
        try await Self.run(Self.impatient) { client, _ in
            for _ in 0..<3 {
                // In one piece, so that a busy machine cannot delay the parts.
                try await client.wire.send(
                    WireClient.frame(0x81, Array("4\(Self.header)".utf8)) + WireClient.frame(0x82, [1])
                        + WireClient.frame(0x82, [2, 3]))
                var pings = 0, isAnswered = false
                while pings < 10 {
                    let packet = try await client.next()
                    guard packet != "37[3]" else {
                        isAnswered = true
                        continue
                    }
                    // Also at the end of the connection, after which every packet is "end".
                    try #require(packet == "engine 2")
                    pings += 1
                    try await client.wire.sendText("3")
                }
                #expect(isAnswered)
            }
        }
    }

    @Test(
        "the text counts too: a packet at the limit is accepted, a larger one closes the connection", arguments: [0, 1])
    func bytes(excess: Int) async throws {
        var options = SocketIOOptions()
        options.maximumPayload = 1000
        options.maximumPacketBytes = 1500
        try await Self.run(options) { client, _ in
            try await client.send(Self.header)
            try await client.wire.sendBinary([UInt8](repeating: 1, count: 1000))
            let rest = 500 - Self.header.utf8.count + excess
            try await client.wire.sendBinary([UInt8](repeating: 1, count: rest))
            #expect(try await client.next() == (excess == 0 ? "37[\(1000 + rest)]" : "end"))
        }
    }

    @Test(
        "attachments that no handler takes are dropped as they come, and the connection stays",
        arguments: [
            #"52-["unheard",{"_placeholder":true,"num":0}]"#, #"62-9[{"_placeholder":true,"num":0}]"#,
        ])
    func unheard(header: String) async throws {
        var options = SocketIOOptions()
        options.maximumPayload = 1000
        options.maximumPacketBytes = 1000
        try await Self.run(options) { client, io in
            let socket = try #require(await io.fetchSockets().first)
            for _ in 0..<3 {
                // A handler that runs might register another.
                while socket.state.withLock({ $0.isWorking }) { await Task.yield() }
                try await client.send(header)
                for _ in 0..<2 { try await client.wire.sendBinary([UInt8](repeating: 1, count: 1000)) }
                #expect(try await client.ask(#"22["e"]"#) == "32[1]")
            }
            try await client.send(header)
            #expect(try await client.ask(#"23["e"]"#) == "end")
        }
    }
}
