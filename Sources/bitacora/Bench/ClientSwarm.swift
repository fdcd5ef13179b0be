import Glibc

/// Many WebSocket clients on one thread, as cheap as clients can be: what they
/// cost is taken from the server's cores.
final class ClientSwarm {
    private struct Client {
        let descriptor: Int32
        var counter: FrameCounter
        /// The frames it had when counting began.
        var base = 0
    }

    /// How many clients are on their way in at the same time.
    private static let arriving = 100

    private let port: UInt16
    private let dialect: SwarmDialect
    private var clients: [Client] = []
    private var polled: [pollfd] = []
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    private(set) var bytes = 0

    init(port: UInt16, _ dialect: SwarmDialect = .webSocket) {
        self.port = port
        self.dialect = dialect
    }

    deinit {
        for client in clients { Glibc.close(client.descriptor) }
        buffer.deallocate()
    }

    /// Connects `count` clients until they are let in; one in a hundred checks the order of what it gets.
    func connect(_ count: Int, _ interest: SwarmDialect.Interest) throws {
        let (request, hello) = (dialect.upgrade(interest), dialect.hello(interest))
        for start in stride(from: 0, to: count, by: Self.arriving) {
            var arriving = try (start..<min(count, start + Self.arriving)).map { _ in try ClientGreeting(port: port) }
            for greeting in arriving { try greeting.send(request) }
            for index in arriving.indices { try arriving[index].awaitSwitch() }
            if let hello {
                for index in arriving.indices {
                    try arriving[index].awaitText("0{")
                    try arriving[index].send(hello)
                }
                for index in arriving.indices { try arriving[index].awaitText("40{") }
            }
            for greeting in arriving { add(greeting) }
        }
    }

    private func add(_ greeting: ClientGreeting) {
        var counter = FrameCounter(checking: clients.count % 100 == 0 ? dialect.offsetPlace : nil)
        greeting.rest.withUnsafeBytes { counter.take($0) }
        add(greeting.descriptor, counter)
    }

    /// Connects `count` clients that get frames without a handshake.
    func connectRaw(_ count: Int) throws {
        for _ in 0..<count { add(try Loopback.connect(port), FrameCounter(checking: nil)) }
    }

    private func add(_ descriptor: Int32, _ counter: FrameCounter) {
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        polled.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
        clients.append(Client(descriptor: descriptor, counter: counter))
    }

    /// Forgets what has been counted so far.
    func mark() {
        for index in clients.indices { clients[index].base = clients[index].counter.frames }
        bytes = 0
    }

    /// Reads until every client has `frames` more than at the mark.
    ///
    /// - Parameter timeout: seconds without a byte after which it gives up.
    func read(until frames: Int, timeout: Double = 30) throws {
        var missing = clients.count { $0.counter.frames - $0.base < frames }
        while missing > 0 {
            guard poll(&polled, nfds_t(polled.count), Int32(timeout * 1000)) > 0 else {
                throw Failure(
                    ExitStatus.refused,
                    "\(missing) of \(clients.count) clients did not get their \(frames) events in time")
            }
            for index in polled.indices where polled[index].revents != 0 {
                let had = clients[index].counter.frames - clients[index].base
                try read(index)
                if had < frames, clients[index].counter.frames - clients[index].base >= frames { missing -= 1 }
            }
        }
    }

    /// Does nothing for a while but what a client does by itself.
    func rest(for duration: Duration) throws {
        let end = ContinuousClock.now + duration
        while case let left = end - ContinuousClock.now, left > .zero {
            guard poll(&polled, nfds_t(polled.count), Int32(left / .milliseconds(1)) + 1) > 0 else { return }
            for index in polled.indices where polled[index].revents != 0 { try read(index) }
        }
    }

    /// - Throws: when a client that checks missed an event, or got one twice or out of order.
    func checkOrder() throws {
        if clients.contains(where: { $0.counter.isOutOfOrder }) {
            throw Failure(ExitStatus.refused, "a client got events out of order")
        }
    }

    private func read(_ index: Int) throws {
        let count = Glibc.read(clients[index].descriptor, buffer.baseAddress, buffer.count)
        guard count > 0 else { throw Failure(ExitStatus.refused, "the server closed a client") }
        bytes += count
        let answered = clients[index].counter.pings
        clients[index].counter.take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        for _ in answered..<clients[index].counter.pings {
            guard Loopback.send(ClientFrame.pong, to: clients[index].descriptor) else {
                throw Failure(ExitStatus.refused, "the server takes no heartbeat from a client")
            }
        }
    }
}
