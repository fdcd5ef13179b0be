import NIOCore
@testable import SocketIO
import TestSupport
import Testing

@Suite("Rooms and broadcasts, over real sockets", .timeLimit(.minutes(1)))
struct RoomTests {
    @Test("rooms, exceptions and the sender determine which sockets get an event", arguments: [1, 2])
    func recipients(loops: Int) async throws {
        try await SocketIOTestServer.run(loops: loops) { server in
            let io = server.io
            var clients: [SocketIOTestClient] = [], sockets: [Socket] = []
            for _ in 0..<4 {
                let client = try await server.bareClient()
                let id = try await client.join()
                clients.append(client)
                sockets.append(try #require(await io.in(id).fetchSockets().first))
            }
            sockets[0].join("a", "b")
            sockets[1].join("a")
            sockets[2].join("b")
            io.to("a").emit("1")
            io.to("a", "b").emit("2")
            io.except("a").emit("3")
            sockets[0].broadcast.emit("4")
            sockets[0].to("a").emit("5")
            sockets[0].except("b").emit("6")
            io.to(sockets[3].id).emit("7")
            sockets[0].leave("b")
            io.in("b").socketsJoin("c")
            io.to("c").emit("8")
            io.in("a").socketsLeave("a")
            io.to("a").emit("9")
            io.emit("end")
            let expected = [["1", "2"], ["1", "2", "4", "5", "6"], ["2", "3", "4", "8"], ["3", "4", "6", "7"]]
            for (client, events) in zip(clients, expected) {
                for event in events + ["end"] { #expect(try await client.next() == "2[\"\(event)\"]") }
            }
            #expect(sockets[2].rooms == ["b", "c", sockets[2].id])
            #expect(sockets[1].rooms == [sockets[1].id])
            io.in("c").disconnectSockets()
            #expect(try await clients[2].next() == "1")
            #expect(await io.fetchSockets().count == 3)
        }
    }

    @Test("a socket joins at most maximumRooms rooms")
    func maximumRooms() async throws {
        var options = SocketIOOptions()
        options.maximumRooms = 3
        try await SocketIOTestServer.run(options) { server in
            _ = try await server.client()
            let socket = try #require(await server.io.fetchSockets().first)
            socket.join("a", "b")
            socket.join("c")
            server.io.socketsJoin("d")
            #expect(await server.io.in("a").fetchSockets().count == 1)
            #expect(await server.io.in("c").fetchSockets().isEmpty)
            #expect(await server.io.in("d").fetchSockets().isEmpty)
            #expect(socket.rooms == ["a", "b", socket.id])
        }
    }

    @Test("events that are emitted while clients upgrade arrive exactly once and in order, across loops")
    func upgradesUnderLoad() async throws {
        try await SocketIOTestServer.run(
            loops: 2,
            prepare: { io in
                io.onConnection { $0.join("all") }
            }
        ) { server in
            let io = server.io
            let emitting = Task {
                var number = 0
                while !Task.isCancelled {
                    number += 1
                    io.to("all").emit("n", number)
                    // Not faster than the loops, because the bytes that wait for a client are limited.
                    if number % 8 == 0 { _ = await io.fetchSockets() }
                }
            }
            defer { emitting.cancel() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { try await Self.upgrade(server) } }
                try await group.waitForAll()
            }
        }
    }

    /// Polls twice, upgrades, and reads on; fails when a number is missing, doubled or out of order.
    private static func upgrade(_ server: SocketIOTestServer) async throws {
        let poller = try await WireClient.connect(to: server.port),
            socket = try await WireClient.connect(to: server.port)
        let sid = EngineTestServer.sid(try await poller.request("GET", "/socket.io/?EIO=4&transport=polling").text)
        let target = "/socket.io/?EIO=4&transport=polling&sid=" + sid
        _ = try await poller.request("POST", target, body: "40")
        var packets: [Substring] = []
        for _ in 0..<3 { packets += try await poller.request("GET", target).text.split(separator: "\u{1E}") }
        _ = try await socket.openWebSocket("/socket.io/?EIO=4&transport=websocket&sid=" + sid)
        try await socket.sendText("2probe")
        #expect(try await socket.frame() == .text("3probe"))
        packets += try await poller.request("GET", target).text.split(separator: "\u{1E}")
        try await socket.sendText("5")
        while packets.count < 200, case .text(let packet) = try await socket.frame() {
            packets.append(Substring(packet))
        }
        let numbers = packets.compactMap { $0.hasPrefix("42[\"n\",") ? Int($0.dropFirst(7).dropLast()) : nil }
        let first = try #require(numbers.first)
        #expect(numbers.count >= 190)
        #expect(numbers == Array(first..<first + numbers.count))
    }
}
