import Glibc

/// Many WebSocket clients on one thread, which share the machine's cores with the server and so do as little as possible.
final class ClientSwarm {
    private struct Client {
        let descriptor: Int32
        var counter: FrameCounter
        /// The frames received before the mark.
        var base = 0
    }

    /// How many clients connect at the same time.
    private static let connecting = 100

    private let port: UInt16
    private let dialect: SocketDialect
    private var clients: [Client] = []
    private var polled: [pollfd] = []
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    private(set) var bytes = 0

    init(port: UInt16, _ dialect: SocketDialect = .webSocket) {
        self.port = port
        self.dialect = dialect
    }

    deinit {
        for client in clients { Glibc.close(client.descriptor) }
        buffer.deallocate()
    }

    /// Connects `count` clients and waits until the server accepted all; one in a hundred checks the order of events.
    func connect(_ count: Int, _ subscription: SocketDialect.Subscription) throws {
        let (request, connect) = (dialect.upgrade(subscription), dialect.connect(subscription))
        for start in stride(from: 0, to: count, by: Self.connecting) {
            var handshakes = try (start..<min(count, start + Self.connecting)).map { _ in
                try ClientHandshake(port: port)
            }
            for handshake in handshakes { try handshake.send(request) }
            for index in handshakes.indices { try handshakes[index].awaitUpgrade() }
            if let connect {
                for index in handshakes.indices {
                    try handshakes[index].awaitText("0{")
                    try handshakes[index].send(connect)
                }
                for index in handshakes.indices { try handshakes[index].awaitText("40{") }
            }
            for handshake in handshakes { add(handshake) }
        }
    }

    private func add(_ handshake: ClientHandshake) {
        var counter = FrameCounter(checking: clients.count % 100 == 0 ? dialect.offsetPosition : nil)
        handshake.rest.withUnsafeBytes { counter.receive($0) }
        add(handshake.descriptor, counter)
    }

    /// Connects `count` clients that receive frames without a handshake.
    func connectRaw(_ count: Int) throws {
        for _ in 0..<count { add(try Loopback.connect(port), FrameCounter(checking: nil)) }
    }

    private func add(_ descriptor: Int32, _ counter: FrameCounter) {
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        polled.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
        clients.append(Client(descriptor: descriptor, counter: counter))
    }

    /// Restarts counting of frames and bytes.
    func mark() {
        for index in clients.indices { clients[index].base = clients[index].counter.frames }
        bytes = 0
    }

    /// Reads until every client received `frames` frames since the mark.
    ///
    /// - Parameter timeout: seconds without a byte after which reading fails.
    func read(until frames: Int, timeout: Double = 30) throws {
        var missing = clients.count { $0.counter.frames - $0.base < frames }
        while missing > 0 {
            guard poll(&polled, nfds_t(polled.count), Int32(timeout * 1000)) > 0 else {
                throw BenchmarkError(
                    .wrongResult,
                    "\(missing) of \(clients.count) clients did not receive \(frames) events within \(Int(timeout)) s")
            }
            for index in polled.indices where polled[index].revents != 0 {
                let had = clients[index].counter.frames - clients[index].base
                try read(index)
                if had < frames, clients[index].counter.frames - clients[index].base >= frames { missing -= 1 }
            }
        }
    }

    /// Waits for a while, and answers heartbeats.
    func idle(for duration: Duration) throws {
        let end = ContinuousClock.now + duration
        while case let left = end - ContinuousClock.now, left > .zero {
            guard poll(&polled, nfds_t(polled.count), Int32(left / .milliseconds(1)) + 1) > 0 else { return }
            for index in polled.indices where polled[index].revents != 0 { try read(index) }
        }
    }

    /// Checks the order of the events received so far.
    ///
    /// - Throws: `.wrongResult` when a client missed an event, or received one twice or out of order.
    func checkOrder() throws {
        if clients.contains(where: { $0.counter.isOutOfOrder }) {
            throw BenchmarkError(.wrongResult, "a client received events out of order")
        }
    }

    private func read(_ index: Int) throws {
        let count = Glibc.read(clients[index].descriptor, buffer.baseAddress, buffer.count)
        guard count > 0 else { throw BenchmarkError(.wrongResult, "the server closed a client's connection") }
        bytes += count
        let answered = clients[index].counter.pings
        clients[index].counter.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        for _ in answered..<clients[index].counter.pings {
            guard Loopback.send(ClientFrame.pong, to: clients[index].descriptor) else {
                throw BenchmarkError(.wrongResult, "the server does not accept a heartbeat from a client")
            }
        }
    }
}

/// The handshake of one client: the requests and answers before the first event.
struct ClientHandshake {
    let descriptor: Int32
    /// Bytes received after the last awaited answer: the first events.
    private(set) var rest: [UInt8] = []

    init(port: UInt16) throws { descriptor = try Loopback.connect(port) }

    func send(_ bytes: [UInt8]) throws {
        guard Loopback.send(bytes, to: descriptor) else {
            throw BenchmarkError(.wrongResult, "the server closed the connection of a connecting client")
        }
    }

    /// Waits for the 101 response to the upgrade.
    mutating func awaitUpgrade() throws {
        while true {
            guard let end = rest.endOfHead else {
                try receive()
                continue
            }
            guard rest.starts(with: "HTTP/1.1 101".utf8) else {
                throw BenchmarkError(
                    .wrongResult, "the server answered \(String(decoding: rest.prefix(400), as: UTF8.self))")
            }
            rest.removeFirst(end)
            return
        }
    }

    /// Waits for a text frame that begins with `prefix`.
    mutating func awaitText(_ prefix: String) throws {
        while true {
            guard let (header, payload) = rest.withUnsafeBytes({ FrameCounter.header($0, 0) }),
                rest.count >= header + payload
            else {
                try receive()
                continue
            }
            let text = rest[header..<header + payload]
            guard text.starts(with: prefix.utf8) else {
                throw BenchmarkError(
                    .wrongResult,
                    "the server answered the handshake with \(String(decoding: text.prefix(400), as: UTF8.self))")
            }
            rest.removeFirst(header + payload)
            return
        }
    }

    private mutating func receive() throws {
        try withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            guard count > 0 else {
                throw BenchmarkError(.wrongResult, "the server closed the connection of a connecting client")
            }
            rest.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}

/// The protocol that the clients of a swarm speak.
enum SocketDialect {
    /// `/api/events`: an event is a JSON object that begins with its offset.
    case webSocket
    /// Socket.IO over WebSocket: the last argument of an event is its position.
    case socketIO

    /// The events that a client receives; all events by default.
    struct Subscription {
        /// The last received offset, or `live`.
        var after: String?
        var topics: String?

        static let all = Subscription()
        static let live = Subscription(after: "live")

        fileprivate var fields: [(name: String, value: String)] {
            [("after", after), ("topics", topics)].compactMap { name, value in value.map { (name, $0) } }
        }
    }

    /// The HTTP request that upgrades a connection.
    func upgrade(_ subscription: Subscription) -> [UInt8] {
        let target =
            switch self {
            case .webSocket:
                "/api/events?" + subscription.fields.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
            case .socketIO: "/socket.io/?EIO=4&transport=websocket"
            }
        return Array(
            ("GET \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n").utf8)
    }

    /// The frame that a client sends after the open packet, which the server answers; nil for plain WebSockets.
    func connect(_ subscription: Subscription) -> [UInt8]? {
        switch self {
        case .webSocket: nil
        case .socketIO: ClientFrame.text(Self.connectPacket(subscription))
        }
    }

    /// The CONNECT packet of Socket.IO.
    static func connectPacket(_ subscription: Subscription) -> String {
        "40{" + subscription.fields.map { #""\#($0.name)":"\#($0.value)""# }.joined(separator: ",") + "}"
    }

    var offsetPosition: FrameCounter.OffsetPosition {
        switch self {
        case .webSocket: .front
        case .socketIO: .back
        }
    }
}

/// WebSocket frames of clients.
enum ClientFrame {
    /// The answer to a heartbeat of Engine.IO.
    static let pong = text("3")

    /// A text frame of less than 126 bytes; its masking key is zero, which leaves the text unchanged.
    static func text(_ text: String) -> [UInt8] {
        precondition(text.utf8.count < 126)
        return [0x81, 0x80 | UInt8(text.utf8.count), 0, 0, 0, 0] + text.utf8
    }
}
