import NIOCore
@testable import SocketIO
import TestSupport
import Testing

/// Loops here run only when told, so a test decides which of them is ahead.
@Suite("The order of what is posted", .serialized)
struct OrderedDispatcherTests {
    /// Some clients on some loops, all in `/`, and what each must have got.
    private final class World {
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

        /// Emits the next number, and writes down who has to get it.
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
        "every socket gets what was posted behind its CONNECT, once and in order, across moves",
        arguments: SeededGenerator.seeds)
    func order(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<12 {
            let world = World(loops: 2 + round % 2)
            for _ in 0..<600 { try act(in: world, &random) }
            StepLoop.finish(world.loops)
            for client in world.clients {
                let received = world.received(client)
                if client.engine.closure == nil {
                    #expect(received == client.expected)
                    #expect(client.socket.rooms == Set(client.rooms.map { "r\($0)" } + [client.socket.id]))
                } else {
                    #expect(client.expected.starts(with: received))
                }
            }
        }
    }

    private func act(in world: World, _ random: inout SeededGenerator) throws {
        let loop = world.loops[Int.random(in: 0..<world.loops.count, using: &random)]
        guard let index = world.clients.indices.randomElement(using: &random) else {
            return try world.connect(on: loop)
        }
        let client = world.clients[index]
        let room = Int.random(in: 0..<3, using: &random), other = Int.random(in: 0..<3, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<3: try world.connect(on: loop)
        case 3..<8 where client.engine.closure == nil:
            client.socket.join("r\(room)")
            world.clients[index].rooms.insert(room)
        case 8..<12 where client.engine.closure == nil:
            client.socket.leave("r\(room)")
            world.clients[index].rooms.remove(room)
        case 12..<14:
            world.io.in("r\(room)").socketsJoin("r\(other)")
            for index in world.clients.indices where world.clients[index].rooms.contains(room) {
                world.clients[index].rooms.insert(other)
            }
        case 14..<25: world.emit(to: { _ in true }) { world.io.emit("n", $0) }
        case 25..<35: world.emit(to: { $0.rooms.contains(room) }) { world.io.to("r\(room)").emit("n", $0) }
        case 35..<40:
            world.emit(to: { $0.rooms.contains(room) || $0.rooms.contains(other) }) {
                world.io.to("r\(room)", "r\(other)").emit("n", $0)
            }
        case 40..<45: world.emit(to: { !$0.rooms.contains(room) }) { world.io.except("r\(room)").emit("n", $0) }
        case 45..<50: world.emit(to: { $0.socket != client.socket }) { client.socket.broadcast.emit("n", $0) }
        case 50..<55: world.emit(to: { $0.socket == client.socket }) { client.socket.emit("n", $0) }
        case 55..<58: world.emit(to: { $0.socket == client.socket }) { world.io.to(client.socket.id).emit("n", $0) }
        case 58..<62 where client.engine.canAct && !client.engine.isMoving && client.engine.transport == .polling:
            client.engine.upgrade(to: loop)
        case 62..<63 where client.engine.canAct: client.engine.closed(.transportClose)
        default: loop.step()
        }
    }

    @Test("what is posted behind a move waits for it, whichever loop is ahead")
    func moveWaits() throws {
        let world = World(loops: 2)
        try world.connect(on: world.loops[0])
        try world.connect(on: world.loops[1])
        StepLoop.finish(world.loops)
        world.io.emit("n", 1)
        world.clients[0].engine.upgrade(to: world.loops[1])
        world.io.emit("n", 2)
        StepLoop.finish([world.loops[1]])
        // The first broadcast reached the one that was there; the second waits for the one that comes.
        #expect(world.received(world.clients[1]) == [1])
        #expect(world.received(world.clients[0]) == [])
        StepLoop.finish(world.loops)
        #expect(world.received(world.clients[0]) == [1, 2])
        #expect(world.received(world.clients[1]) == [1, 2])
    }

    @Test("two clients that change places do not hold each other up")
    func crossing() throws {
        let world = World(loops: 2)
        for loop in world.loops { try world.connect(on: loop) }
        StepLoop.finish(world.loops)
        world.clients[0].engine.upgrade(to: world.loops[1])
        world.clients[1].engine.upgrade(to: world.loops[0])
        world.io.emit("n", 1)
        StepLoop.finish(world.loops)
        #expect(world.clients.map(world.received) == [[1], [1]])
        #expect(world.clients[0].engine.stepLoop === world.loops[1])
    }

    @Test("a client that is closed while it waits to depart is gone on both loops")
    func closedBeforeDeparture() throws {
        let world = World(loops: 2)
        for loop in world.loops { try world.connect(on: loop) }
        StepLoop.finish(world.loops)
        world.clients[0].engine.upgrade(to: world.loops[1])
        world.clients[0].engine.closed(.transportClose)
        world.io.emit("n", 1)
        StepLoop.finish(world.loops)
        #expect(world.clients.map(world.received) == [[], [1]])
    }

    @Test("a burst is one write a client, and is rendered for each transport")
    func burst() throws {
        let world = World(loops: 1)
        for _ in 0..<3 { try world.connect(on: world.loops[0]) }
        world.clients[0].engine.upgrade(to: world.loops[0])
        StepLoop.finish(world.loops)
        for number in 0..<200 { world.io.emit("n", number) }
        StepLoop.finish(world.loops)
        for client in world.clients {
            #expect(client.engine.writes == 2)
            #expect(world.received(client) == Array(0..<200))
        }
    }

    @Test("more than a queue takes closes the clients, rather than leave something out")
    func overflow() throws {
        let world = World(loops: 1)
        try world.connect(on: world.loops[0])
        StepLoop.finish(world.loops)
        let big = OutgoingPacket.event(
            "big", EncodedArguments(items: ByteBuffer(repeating: UInt8(ascii: "1"), count: 1 << 24)))
        for _ in 0..<(LoopQueue.maximumBytes >> 24) + 2 {
            world.io.dispatcher.enqueueOnAll(
                .broadcast(Broadcast(big, to: RecipientFilter(namespace: "/", rooms: ["nobody"]))))
        }
        try world.connect(on: world.loops[0])
        world.io.emit("n", 1)
        StepLoop.finish(world.loops)
        #expect(world.clients.map(\.engine.closure) == [.transportError, .transportError])
        try world.connect(on: world.loops[0])
        world.io.emit("n", 2)
        StepLoop.finish(world.loops)
        #expect(world.received(world.clients[2]) == [2])
    }

    @Test("volatile events are dropped for those who do not take them")
    func volatile() throws {
        let world = World(loops: 1)
        for _ in 0..<2 { try world.connect(on: world.loops[0]) }
        StepLoop.finish(world.loops)
        world.clients[0].engine.isWritable = false
        world.io.volatile.emit("n", 1)
        world.clients[0].socket.volatile.emit("n", 2)
        world.io.emit("n", 3)
        StepLoop.finish(world.loops)
        #expect(world.clients.map(world.received) == [[3], [1, 3]])
    }
}
