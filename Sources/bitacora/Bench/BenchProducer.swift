import EventLog
import Glibc
import JSON

/// One keep-alive HTTP connection that appends prepared requests.
final class BenchProducer {
    private let descriptor: Int32

    init(port: UInt16) throws { descriptor = try Loopback.connect(port) }

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
        let head =
            "POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
        return Array(head.utf8) + body
    }

    func send(_ request: [UInt8]) throws {
        guard Loopback.send(request, to: descriptor) else {
            throw Failure(ExitStatus.refused, "the server closed the producer's connection")
        }
    }

    /// Waits for the answer, which must be 201.
    func receive() throws {
        var answer = HTTPAnswer()
        var chunk = [UInt8](repeating: 0, count: 65_536)
        var isWhole = false
        while !isWhole {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { throw Failure(ExitStatus.refused, "the server closed the producer's connection") }
            isWhole = chunk.withUnsafeBytes { answer.take(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        _ = try answer.takeBody(wanting: 201)
    }
}
