import NIOCore
@testable import SocketIO
import TestSupport
import Testing

/// The loops of these tests run only on request, so a test decides which of them is ahead.
@Suite("The order of operations", .serialized)
struct OrderedDispatcherTests {
    /// Some clients on some loops, all in `/`, and the numbers that each must have received.
    private final class Scenario {
        let io = SocketIOServer()
        let loops: [StepLoop]
        var clients: [Client] = []
        private var number = 0

        struct Client {
            let engine: RecordingEngine
            let socket: Socket
            var rooms: Set<Int> = []
            var expected: [Int] = []
        }

        init(loops: Int) {
            self.loops = (0..<loops).map { _ in StepLoop() }
            for loop in self.loops { _ = io.dispatcher.adapter(of: loop) }
        }

        func connect(on loop: StepLoop) throws {
            let engine = RecordingEngine(io, on: loop)
            engine.receive("0")
            clients.append(Client(engine: engine, socket: try #require(engine.member?.socket)))
        }

        /// Emits the next number, and records which clients must get it.
        func emit(to isMeant: (Client) -> Bool, _ emit: (Int) -> Void) {
            number += 1
            emit(number)
            for index in clients.indices where isMeant(clients[index]) && clients[index].engine.closure == nil {
                clients[index].expected.append(number)
            }
        }

        /// The numbers that a client has got.
        func received(_ client: Client) -> [Int] {
            client.engine.packets.compactMap { packet in
                packet.hasPrefix("42[\"n\",") ? Int(packet.dropFirst(7).dropLast()) : nil
            }
        }
    }

    @Test(
        "every socket gets all operations enqueued after its CONNECT, once and in order, across moves",
        arguments: SeededGenerator.seeds)
    func order(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<12 {
            let scenario = Scenario(loops: 2 + round % 2)
            for _ in 0..<600 { try act(in: scenario, &random) }
            StepLoop.finish(scenario.loops)
            for client in scenario.clients {
                let received = scenario.received(client)
                if client.engine.closure == nil {
                    #expect(received == client.expected)
                    #expect(client.socket.rooms == Set(client.rooms.map { "r\($0)" } + [client.socket.id]))
                } else {
                    #expect(client.expected.starts(with: received))
                }
            }
        }
    }

    private func act(in scenario: Scenario, _ random: inout SeededGenerator) throws {
        let loop = scenario.loops[Int.random(in: 0..<scenario.loops.count, using: &random)]
        guard let index = scenario.clients.indices.randomElement(using: &random) else {
            return try scenario.connect(on: loop)
        }
        let client = scenario.clients[index]
        let room = Int.random(in: 0..<3, using: &random), other = Int.random(in: 0..<3, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<3: try scenario.connect(on: loop)
        case 3..<8 where client.engine.closure == nil:
            client.socket.join("r\(room)")
            scenario.clients[index].rooms.insert(room)
        case 8..<12 where client.engine.closure == nil:
            client.socket.leave("r\(room)")
            scenario.clients[index].rooms.remove(room)
        case 12..<14:
            scenario.io.in("r\(room)").socketsJoin("r\(other)")
            for index in scenario.clients.indices where scenario.clients[index].rooms.contains(room) {
                scenario.clients[index].rooms.insert(other)
            }
        case 14..<25: scenario.emit(to: { _ in true }) { scenario.io.emit("n", $0) }
        case 25..<35: scenario.emit(to: { $0.rooms.contains(room) }) { scenario.io.to("r\(room)").emit("n", $0) }
        case 35..<40:
            scenario.emit(to: { $0.rooms.contains(room) || $0.rooms.contains(other) }) {
                scenario.io.to("r\(room)", "r\(other)").emit("n", $0)
            }
        case 40..<45: scenario.emit(to: { !$0.rooms.contains(room) }) { scenario.io.except("r\(room)").emit("n", $0) }
        case 45..<50: scenario.emit(to: { $0.socket != client.socket }) { client.socket.broadcast.emit("n", $0) }
        case 50..<55: scenario.emit(to: { $0.socket == client.socket }) { client.socket.emit("n", $0) }
        case 55..<58:
            scenario.emit(to: { $0.socket == client.socket }) { scenario.io.to(client.socket.id).emit("n", $0) }
        case 58..<62 where client.engine.canAct && !client.engine.isMoving && client.engine.transport == .polling:
            client.engine.upgrade(to: loop)
        case 62..<63 where client.engine.canAct: client.engine.closed(.transportClose)
        default: loop.step()
        }
    }

    @Test("operations enqueued after a move wait for it, whichever loop is ahead")
    func moveWaits() throws {
        let scenario = Scenario(loops: 2)
        try scenario.connect(on: scenario.loops[0])
        try scenario.connect(on: scenario.loops[1])
        StepLoop.finish(scenario.loops)
        scenario.io.emit("n", 1)
        scenario.clients[0].engine.upgrade(to: scenario.loops[1])
        scenario.io.emit("n", 2)
        StepLoop.finish([scenario.loops[1]])
        // The first broadcast reached the client that was there; the second waits for the client that arrives.
        #expect(scenario.received(scenario.clients[1]) == [1])
        #expect(scenario.received(scenario.clients[0]) == [])
        StepLoop.finish(scenario.loops)
        #expect(scenario.received(scenario.clients[0]) == [1, 2])
        #expect(scenario.received(scenario.clients[1]) == [1, 2])
    }

    @Test("two clients that exchange their loops do not wait for each other")
    func crossing() throws {
        let scenario = Scenario(loops: 2)
        for loop in scenario.loops { try scenario.connect(on: loop) }
        StepLoop.finish(scenario.loops)
        scenario.clients[0].engine.upgrade(to: scenario.loops[1])
        scenario.clients[1].engine.upgrade(to: scenario.loops[0])
        scenario.io.emit("n", 1)
        StepLoop.finish(scenario.loops)
        #expect(scenario.clients.map(scenario.received) == [[1], [1]])
        #expect(scenario.clients[0].engine.stepLoop === scenario.loops[1])
    }

    @Test("a client that is closed while it waits to depart is gone on both loops")
    func closedBeforeDeparture() throws {
        let scenario = Scenario(loops: 2)
        for loop in scenario.loops { try scenario.connect(on: loop) }
        StepLoop.finish(scenario.loops)
        scenario.clients[0].engine.upgrade(to: scenario.loops[1])
        scenario.clients[0].engine.closed(.transportClose)
        scenario.io.emit("n", 1)
        StepLoop.finish(scenario.loops)
        #expect(scenario.clients.map(scenario.received) == [[], [1]])
    }

    @Test("a burst is one write for each client, and is encoded for each transport")
    func burst() throws {
        let scenario = Scenario(loops: 1)
        for _ in 0..<3 { try scenario.connect(on: scenario.loops[0]) }
        scenario.clients[0].engine.upgrade(to: scenario.loops[0])
        StepLoop.finish(scenario.loops)
        for number in 0..<200 { scenario.io.emit("n", number) }
        StepLoop.finish(scenario.loops)
        for client in scenario.clients {
            #expect(client.engine.writes == 2)
            #expect(scenario.received(client) == Array(0..<200))
        }
    }

    @Test("an overflow of a queue closes the clients, so that none misses a packet")
    func overflow() throws {
        let scenario = Scenario(loops: 1)
        try scenario.connect(on: scenario.loops[0])
        StepLoop.finish(scenario.loops)
        let big = OutgoingPacket.event(
            "big", EncodedArguments(items: ByteBuffer(repeating: UInt8(ascii: "1"), count: 1 << 24)))
        for _ in 0..<(LoopQueue.maximumBytes >> 24) + 2 {
            scenario.io.dispatcher.enqueueOnAll(
                .broadcast(Broadcast(big, to: RecipientFilter(namespace: "/", rooms: ["nobody"]))))
        }
        try scenario.connect(on: scenario.loops[0])
        scenario.io.emit("n", 1)
        StepLoop.finish(scenario.loops)
        #expect(scenario.clients.map(\.engine.closure) == [.transportError, .transportError])
        try scenario.connect(on: scenario.loops[0])
        scenario.io.emit("n", 2)
        StepLoop.finish(scenario.loops)
        #expect(scenario.received(scenario.clients[2]) == [2])
    }

    @Test("volatile events are dropped for clients that are not writable")
    func volatile() throws {
        let scenario = Scenario(loops: 1)
        for _ in 0..<2 { try scenario.connect(on: scenario.loops[0]) }
        StepLoop.finish(scenario.loops)
        scenario.clients[0].engine.isWritable = false
        scenario.io.volatile.emit("n", 1)
        scenario.clients[0].socket.volatile.emit("n", 2)
        scenario.io.emit("n", 3)
        StepLoop.finish(scenario.loops)
        #expect(scenario.clients.map(scenario.received) == [[3], [1, 3]])
    }
}
