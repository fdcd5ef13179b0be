import NIOCore
import NIOPosix
import TestSupport

/// One TCP connection for HTTP: requests and answers as bytes.
final class Client: ByteClient {
    struct Answer: Sendable {
        let status: Int
        /// Names in lower case.
        let headers: [String: String]
        let body: String
    }

    let channel: any Channel
    let inbox: NIOLoopBound<ByteInbox>
    private let host: String

    private init(_ channel: any Channel, _ inbox: NIOLoopBound<ByteInbox>, _ host: String) {
        (self.channel, self.inbox, self.host) = (channel, inbox, host)
    }

    static func connect(to port: Int) async throws -> Client {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let inbox = ByteInbox()
                    try channel.pipeline.syncOperations.addHandler(inbox)
                    return Client(channel, NIOLoopBound(inbox, eventLoop: channel.eventLoop), "127.0.0.1:\(port)")
                }
            }
    }

    /// Sends a request and returns its answer; a `Host` is added unless `headers` has one.
    func request(
        _ method: String, _ target: String, _ headers: [(String, String)] = [], body: String? = nil
    ) async throws -> Answer {
        try await send(method, target, headers, body: body)
        return try await answer(hasBody: method != "HEAD")
    }

    func send(_ method: String, _ target: String, _ headers: [(String, String)] = [], body: String? = nil) async throws
    {
        var lines = ["\(method) \(target) HTTP/1.1"] + headers.map { "\($0.0): \($0.1)" }
        if !headers.contains(where: { $0.0 == "Host" }) { lines.append("Host: \(host)") }
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        try await send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
    }

    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    /// A masked text frame, as clients send them.
    func send(message: String) async throws {
        let payload = Array(message.utf8)
        precondition(payload.count < 65_536)
        let length: [UInt8] =
            payload.count < 126
            ? [UInt8(payload.count) | 0x80] : [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        let key: [UInt8] = [0, 0, 0, 0]
        try await send([0x81] + length + key + payload)
    }

    /// The next answer; its body is read when its length is given.
    func answer(hasBody: Bool = true) async throws -> Answer {
        let lines = try await text(through: "\r\n\r\n").split(separator: "\r\n")
        guard let status = lines.first.flatMap({ Int($0.split(separator: " ").dropFirst().first ?? "") }) else {
            throw TestFailure("the connection ended before an answer")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts[1].trimmingPrefix(" ").description
        }
        let length = hasBody && status >= 200 && status != 304 ? headers["content-length"].flatMap { Int($0) } ?? 0 : 0
        return Answer(status: status, headers: headers, body: String(decoding: try await bytes(length), as: UTF8.self))
    }

    /// The next unmasked frame: its first byte and its payload; nil at the end.
    func frame() async throws -> (first: UInt8, payload: [UInt8])? {
        let head = try await bytes(2)
        guard head.count == 2 else { return nil }
        let wide = try await bytes(head[1] == 126 ? 2 : head[1] == 127 ? 8 : 0)
        let length = wide.isEmpty ? Int(head[1]) : wide.reduce(0) { $0 << 8 | Int($1) }
        return (head[0], try await bytes(length))
    }

    func close() async throws { try await channel.close() }
}
