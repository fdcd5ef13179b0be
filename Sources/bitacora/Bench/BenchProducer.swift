import EventLog
import Foundation
import Glibc
import JSON

/// One keep-alive HTTP connection that appends prepared requests.
final class BenchProducer {
    private let descriptor: Int32

    init(port: UInt16) throws { descriptor = try ClientSwarm.connected(port) }

    deinit { Glibc.close(descriptor) }

    /// `POST /api/events` with these events, as bytes.
    func request(_ events: [NewEvent]) -> [UInt8] {
        var body = Array("[".utf8)
        for (index, event) in events.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body += #"{"topic":"\#(event.topic)","type":"\#(event.type)","data":"#.utf8
            if case .json(let bytes) = event.data { body += bytes }
            body.append(UInt8(ascii: "}"))
        }
        body.append(UInt8(ascii: "]"))
        let head = "POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
        return Array(head.utf8) + body
    }

    func send(_ request: [UInt8]) throws {
        var sent = 0
        while sent < request.count {
            let count = request.withUnsafeBytes { write(descriptor, $0.baseAddress! + sent, request.count - sent) }
            guard count > 0 else { throw Failure(ExitStatus.refused, "the server closed the producer's connection") }
            sent += count
        }
    }

    /// Waits for the answer, which must be 201.
    func receive() throws {
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        repeat {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { throw Failure(ExitStatus.refused, "the server closed the producer's connection") }
            answer += chunk[..<count]
        } while !Self.isWhole(answer)
        guard answer.starts(with: "HTTP/1.1 201".utf8) else {
            throw Failure(ExitStatus.refused, "an append was answered \(String(decoding: answer.prefix(400), as: UTF8.self))")
        }
    }

    private static func isWhole(_ answer: [UInt8]) -> Bool {
        let text = String(decoding: answer, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n"), let field = text.range(of: "Content-Length: ") else { return false }
        let length = Int(text[field.upperBound...].prefix { $0.isNumber }) ?? 0
        return text[end.upperBound...].utf8.count >= length
    }
}
