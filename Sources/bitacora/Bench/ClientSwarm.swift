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

    private let port: UInt16
    private var clients: [Client] = []
    private var polled: [pollfd] = []
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    private(set) var bytes = 0

    init(port: UInt16) { self.port = port }

    deinit {
        for client in clients { Glibc.close(client.descriptor) }
        buffer.deallocate()
    }

    var count: Int { clients.count }

    var isOutOfOrder: Bool { clients.contains { $0.counter.isOutOfOrder } }

    /// Connects and upgrades `count` clients on `path`; one in a hundred checks the order of what it gets.
    func connect(_ count: Int, path: String) throws {
        for _ in 0..<count {
            let descriptor = try Self.connected(port)
            let rest = try upgrade(descriptor, path)
            var counter = FrameCounter(checksOrder: clients.count % 100 == 0)
            rest.withUnsafeBytes { counter.take($0) }
            add(descriptor, counter)
        }
    }

    /// Connects `count` clients that get frames without a handshake.
    func connectRaw(_ count: Int) throws {
        for _ in 0..<count { add(try Self.connected(port), FrameCounter(checksOrder: false)) }
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
                throw Failure(ExitStatus.refused, "\(missing) of \(clients.count) clients did not get their \(frames) events in time")
            }
            for index in polled.indices where polled[index].revents != 0 {
                let had = clients[index].counter.frames - clients[index].base
                try read(index)
                if had < frames, clients[index].counter.frames - clients[index].base >= frames { missing -= 1 }
            }
        }
    }

    private func read(_ index: Int) throws {
        let count = Glibc.read(clients[index].descriptor, buffer.baseAddress, buffer.count)
        guard count > 0 else { throw Failure(ExitStatus.refused, "the server closed a client") }
        bytes += count
        clients[index].counter.take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }

    static func connected(_ port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failure(ExitStatus.refused, "a client cannot connect: \(String(cString: strerror(errno)))") }
        return descriptor
    }

    /// Sends the handshake and returns what came behind its answer.
    private func upgrade(_ descriptor: Int32, _ path: String) throws -> [UInt8] {
        let request = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        _ = Array(request.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        var answer: [UInt8] = []
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, 4096)
            guard count > 0 else { throw Failure(ExitStatus.refused, "the server refused a client") }
            answer += buffer[..<count]
            guard let end = Self.endOfHead(answer) else { continue }
            guard answer.starts(with: "HTTP/1.1 101".utf8) else {
                throw Failure(ExitStatus.refused, "the server answered \(String(decoding: answer.prefix(40), as: UTF8.self))")
            }
            return Array(answer[end...])
        }
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (4...bytes.count).first { bytes[($0 - 4)..<$0].elementsEqual("\r\n\r\n".utf8) }
    }
}
