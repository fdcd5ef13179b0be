import Foundation
import Glibc

/// The baseline of round trips: a thread that gives a fixed answer to whatever comes over bare sockets.
final class RawAnswerer {
    let port: UInt16
    private let listener: Int32

    /// - Parameters:
    ///   - count: answers that a connection gets; then nothing more comes over it.
    ///   - answer: what is written back, by the first byte of what came.
    private init(count: Int, answer: @escaping @Sendable (UInt8) -> [UInt8]) throws {
        (listener, port) = try Loopback.listen()
        let loop = AnswerLoop(listener: listener, count: count, answer: answer)
        Thread.detachNewThread { loop.run() }
    }

    /// The thread ends when its listener does not accept any more, and closes everything.
    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// Greets the clients of a swarm.
    static func greeting(_ dialect: SwarmDialect) throws -> RawAnswerer {
        let head = Array("HTTP/1.1 101 Switching Protocols\r\n\r\n".utf8)
        switch dialect {
        case .webSocket: return try RawAnswerer(count: 1) { _ in head }
        case .socketIO:
            let open = head + frame(#"0{"sid":"bare"}"#)
            let connected = frame(#"40{"sid":"bare"}"#)
            return try RawAnswerer(count: 2) { $0 == UInt8(ascii: "G") ? open : connected }
        }
    }

    private static func frame(_ text: String) -> [UInt8] { [0x81, UInt8(text.utf8.count)] + text.utf8 }

    /// Answers polling clients; each GET brings all that they may wait for.
    static func polling() throws -> RawAnswerer {
        let packets = http("0{\"sid\":\"bare\"}\u{1E}40{}\u{1E}\(PollingSwarm.ackPrefix)]")
        let taken = http("ok")
        return try RawAnswerer(count: .max) { $0 == UInt8(ascii: "G") ? packets : taken }
    }

    private static func http(_ body: String) -> [UInt8] {
        Array("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
    }
}

/// What the thread of a ``RawAnswerer`` does.
private struct AnswerLoop: Sendable {
    let listener: Int32
    let count: Int
    let answer: @Sendable (UInt8) -> [UInt8]

    func run() {
        var polled = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
        var answersLeft = [0]
        // Not looked at any more, so that many of them cost nothing.
        var answered: [Int32] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while poll(&polled, nfds_t(polled.count), -1) > 0 {
            for index in polled.indices.dropFirst().reversed() where polled[index].revents != 0 {
                let descriptor = polled[index].fd
                let isOpen =
                    read(descriptor, &buffer, buffer.count) > 0 && Loopback.send(answer(buffer[0]), to: descriptor)
                answersLeft[index] -= 1
                guard !isOpen || answersLeft[index] == 0 else { continue }
                answered.append(descriptor)
                polled.remove(at: index)
                answersLeft.remove(at: index)
            }
            guard polled[0].revents != 0 else { continue }
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            polled.append(pollfd(fd: client, events: Int16(POLLIN), revents: 0))
            answersLeft.append(count)
        }
        for descriptor in answered + polled.map(\.fd) { close(descriptor) }
    }
}
