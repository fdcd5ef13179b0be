import NIOCore
import NIOPosix
import TestSupport
import WebSocket

/// A TCP client that sends and expects bytes: requests, answers and frames.
final class WireClient: ByteClient {
    struct Answer: Sendable {
        let status: Int
        /// The headers by their names in small letters; of several with one name the last.
        let headers: [String: String]
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    enum Frame: Hashable, Sendable {
        case text(String)
        case binary([UInt8])
        case close([UInt8])
        case other(UInt8)
        /// The server has ended the connection.
        case end
    }

    let channel: any Channel
    let inbox: NIOLoopBound<ByteInbox>

    private init(channel: any Channel, inbox: NIOLoopBound<ByteInbox>) {
        self.channel = channel
        self.inbox = inbox
    }

    static func connect(to port: Int, reads: Bool = true) async throws -> WireClient {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: reads)
            .channelOption(.socketOption(.so_rcvbuf), value: reads ? 1 << 18 : 4096)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let inbox = ByteInbox()
                    try channel.pipeline.syncOperations.addHandler(inbox)
                    return WireClient(channel: channel, inbox: NIOLoopBound(inbox, eventLoop: channel.eventLoop))
                }
            }
    }

    func close() async throws { try await channel.close() }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    // MARK: HTTP

    /// Sends a request and does not wait for its answer.
    func ask(_ method: String, _ target: String, _ headers: [String] = [], body: String? = nil) async throws {
        let length = body.map { ["Content-Length: \($0.utf8.count)"] } ?? []
        let lines = ["\(method) \(target) HTTP/1.1", "Host: shop.test"] + headers + length
        try await send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
    }

    func request(
        _ method: String, _ target: String, _ headers: [String] = [], body: String? = nil
    ) async throws -> Answer {
        try await ask(method, target, headers, body: body)
        return try await answer(hasBody: method != "HEAD")
    }

    func answer(hasBody: Bool = true) async throws -> Answer {
        let lines = try await text(through: "\r\n\r\n").split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers[line[..<colon].lowercased()] = String(value)
        }
        let length = hasBody ? headers["content-length"].flatMap { Int($0) } ?? 0 : 0
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return Answer(status: status, headers: headers, body: try await bytes(length))
    }

    // MARK: WebSocket

    func openWebSocket(_ target: String, _ headers: [String] = []) async throws -> Answer {
        try await request(
            "GET", target,
            [
                "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            ] + headers)
    }

    func sendText(_ text: String) async throws { try await send(Self.frame(0x81, Array(text.utf8))) }

    func sendBinary(_ bytes: [UInt8]) async throws { try await send(Self.frame(0x82, bytes)) }

    /// A client's frame; masked with zeros, which is allowed and readable.
    static func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let length = payload.count
        let field: [UInt8] =
            length < 126
            ? [0x80 | UInt8(length)]
            : length < 65_536
                ? [0xFE, UInt8(length >> 8), UInt8(length & 0xFF)]
                : [0xFF] + (0..<8).reversed().map { UInt8(length >> ($0 * 8) & 0xFF) }
        return [first] + field + [0, 0, 0, 0] + payload
    }

    func frame() async throws -> Frame {
        let head = try await bytes(2)
        guard head.count == 2 else { return .end }
        var length = Int(head[1] & 0x7F)
        if length > 125 {
            length = try await bytes(length == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) }
        }
        let payload = try await bytes(length)
        switch head[0] {
        case 0x81: return .text(String(decoding: payload, as: UTF8.self))
        case 0x82: return .binary(payload)
        case 0x88: return .close(payload)
        default: return .other(head[0])
        }
    }

}
