import Foundation
import Glibc

/// Blocking TCP sockets on 127.0.0.1, for clients and baselines.
enum Loopback {
    /// Connects to a port, and returns the descriptor of the connection.
    static func connect(_ port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let isConnected = descriptor >= 0 && withAddress(port) { Glibc.connect(descriptor, $0, $1) == 0 }
        guard isConnected else {
            throw BenchmarkError(.wrongResult, "cannot connect to port \(port): \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    /// Listens on a free port.
    static func listen() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var port: UInt16 = 0
        let isListening = withAddress(0) { address, size in
            var size = size
            guard bind(descriptor, address, size) == 0, Glibc.listen(descriptor, 4096) == 0,
                getsockname(descriptor, address, &size) == 0
            else { return false }
            port = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt16(bigEndian: $0.pointee.sin_port)
            }
            return true
        }
        guard isListening else {
            throw BenchmarkError(.unusable, "cannot listen on 127.0.0.1: \(String(cString: strerror(errno)))")
        }
        return (descriptor, port)
    }

    /// Writes all of `bytes`.
    ///
    /// - Returns: false when the other end closed the connection.
    static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = write(descriptor, bytes.baseAddress! + sent, bytes.count - sent)
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }

    private static func withAddress<Result>(
        _ port: UInt16, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) }
        }
    }
}

/// The baseline of delivery: a thread that writes the same bytes to every bare socket.
final class RawSender: @unchecked Sendable {  // only the thread uses `accepted` after `start`
    let port: UInt16
    private let listener: Int32
    private var accepted: [Int32] = []

    init() throws { (listener, port) = try Loopback.listen() }

    deinit {
        for descriptor in accepted { Glibc.close(descriptor) }
        Glibc.close(listener)
    }

    /// Accepts `count` connections.
    func accept(_ count: Int) {
        for _ in 0..<count { accepted.append(Glibc.accept(listener, nil, nil)) }
    }

    /// Writes `bytes` to every socket, `times` times, on a new thread.
    func start(_ bytes: [UInt8], times: Int) {
        Thread.detachNewThread { [self] in
            for _ in 0..<times {
                for descriptor in accepted {
                    guard Loopback.send(bytes, to: descriptor) else { return }
                }
            }
        }
    }

    /// Measures how many seconds it takes to write `bytes` in total to `sockets` clients, in equal shares.
    static func seconds(bytes: Int, sockets: Int) throws -> Double {
        let sender = try RawSender()
        let swarm = ClientSwarm(port: sender.port)
        try swarm.connectRaw(sockets)
        sender.accept(sockets)
        let chunk = frames(bytes: min(128 << 10, max(bytes / sockets, 1)))
        let times = max(1, bytes / sockets / chunk.bytes.count)
        let start = ContinuousClock.now
        sender.start(chunk.bytes, times: times)
        try swarm.read(until: times * chunk.count)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return seconds * Double(bytes) / Double(max(swarm.bytes, 1))
    }

    /// Frames of 354 bytes that fill `bytes`; at least one.
    static func frames(bytes: Int) -> (bytes: [UInt8], count: Int) {
        let frame: [UInt8] = [0x81, 126, 1, 94] + [UInt8](repeating: UInt8(ascii: " "), count: 350)
        let count = max(1, bytes / frame.count)
        return ((0..<count).flatMap { _ in frame }, count)
    }
}

/// The baseline of round trips: a thread that answers each request over bare sockets with fixed bytes.
final class RawResponder {
    let port: UInt16
    private let listener: Int32

    /// - Parameters:
    ///   - count: how many requests of a connection are answered.
    ///   - response: returns the response to a request, by the first byte of the request.
    private init(count: Int, response: @escaping @Sendable (UInt8) -> [UInt8]) throws {
        (listener, port) = try Loopback.listen()
        let loop = ResponderLoop(listener: listener, count: count, response: response)
        Thread.detachNewThread { loop.run() }
    }

    /// Stops the listener, which lets the thread close all connections and end.
    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// Completes the handshakes of a swarm.
    static func handshake(_ dialect: SocketDialect) throws -> RawResponder {
        let head = Array("HTTP/1.1 101 Switching Protocols\r\n\r\n".utf8)
        switch dialect {
        case .webSocket: return try RawResponder(count: 1) { _ in head }
        case .socketIO:
            let open = head + frame(#"0{"sid":"bare"}"#)
            let connected = frame(#"40{"sid":"bare"}"#)
            return try RawResponder(count: 2) { $0 == UInt8(ascii: "G") ? open : connected }
        }
    }

    private static func frame(_ text: String) -> [UInt8] { [0x81, UInt8(text.utf8.count)] + text.utf8 }

    /// Answers polling clients; the response to each GET contains the open packet, the CONNECT packet and the ack.
    static func polling() throws -> RawResponder {
        let packets = http("0{\"sid\":\"bare\"}\u{1E}40{}\u{1E}\(PollingSwarm.ackPrefix)]")
        let accepted = http("ok")
        return try RawResponder(count: .max) { $0 == UInt8(ascii: "G") ? packets : accepted }
    }

    private static func http(_ body: String) -> [UInt8] {
        Array("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
    }
}

/// The thread of a ``RawResponder``.
private struct ResponderLoop: Sendable {
    let listener: Int32
    let count: Int
    let response: @Sendable (UInt8) -> [UInt8]

    func run() {
        var polled = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
        var remaining = [0]
        // No longer polled, so that the time for a poll does not grow with the count of connections.
        var answered: [Int32] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while poll(&polled, nfds_t(polled.count), -1) > 0 {
            for index in polled.indices.dropFirst().reversed() where polled[index].revents != 0 {
                let descriptor = polled[index].fd
                let isOpen =
                    read(descriptor, &buffer, buffer.count) > 0 && Loopback.send(response(buffer[0]), to: descriptor)
                remaining[index] -= 1
                guard !isOpen || remaining[index] == 0 else { continue }
                answered.append(descriptor)
                polled.remove(at: index)
                remaining.remove(at: index)
            }
            guard polled[0].revents != 0 else { continue }
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            polled.append(pollfd(fd: client, events: Int16(POLLIN), revents: 0))
            remaining.append(count)
        }
        for descriptor in answered + polled.map(\.fd) { close(descriptor) }
    }
}
