import NIOCore
import NIOHTTP1
import NIOPosix

/// One request to a server on this machine: HTTP/1.1, no TLS, a bounded answer.
struct HTTPClient {
    struct Answer {
        let status: Int
        let body: [UInt8]
    }

    /// What went wrong on the way; reads on from "the server …".
    enum Trouble: Error, CustomStringConvertible {
        case unreachable(String)
        case silent
        case oversized

        var description: String {
            switch self {
            case .unreachable(let reason): "cannot be reached: \(reason)"
            case .silent:
                "closed the connection or did not answer within \(HTTPClient.patience.nanoseconds / 1_000_000_000) s; the event may have been appended"
            case .oversized: "sent an answer of more than \(HTTPClient.maximumAnswer) bytes, which is the limit"
            }
        }
    }

    private static let patience = TimeAmount.seconds(30)
    private static let maximumAnswer = 1 << 20

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private let host: String
    private let port: Int
    /// What the server calls itself.
    private let authority: String

    /// - Parameter address: `http://HOST:PORT`; an IPv6 host stands in brackets.
    init?(address: String) {
        guard address.hasPrefix("http://") else { return nil }
        let rest = address.dropFirst("http://".count)
        let authority = rest.prefix { $0 != "/" }
        guard let colon = authority.lastIndex(of: ":"), let port = Int(authority[authority.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        var host = authority[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { return nil }
        self.host = String(host)
        self.port = port
        self.authority = String(authority)
    }

    func post(_ path: String, json: [UInt8]) async throws(Trouble) -> Answer {
        let connection: Connection
        do {
            connection = try await connect()
        } catch {
            throw .unreachable("\(error)")
        }
        // An answer that stays away ends with the connection.
        let alarm = connection.channel.eventLoop.scheduleTask(in: Self.patience) { [channel = connection.channel] in
            channel.close(promise: nil)
        }
        defer { alarm.cancel() }
        do {
            return try await connection.executeThenClose { inbound, outbound in
                try await outbound.write(.head(head(path, length: json.count)))
                try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: json))))
                try await outbound.write(.end(nil))
                return try await Self.collect(inbound)
            }
        } catch let trouble as Trouble {
            throw trouble
        } catch {
            throw .silent
        }
    }

    private func connect() async throws -> Connection {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(5))
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
    }

    private func head(_ path: String, length: Int) -> HTTPRequestHead {
        HTTPRequestHead(
            version: .http1_1, method: .POST, uri: path,
            headers: [
                "Host": authority, "Content-Type": "application/json", "Content-Length": "\(length)",
                "Accept": "application/json, application/problem+json", "Connection": "close",
            ])
    }

    private static func collect(_ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>) async throws -> Answer
    {
        var status = 0
        var body: [UInt8] = []
        for try await part in inbound {
            switch part {
            case .head(let head): status = Int(head.status.code)
            case .body(let bytes):
                body += bytes.readableBytesView
                if body.count > maximumAnswer { throw Trouble.oversized }
            case .end: return Answer(status: status, body: body)
            }
        }
        throw Trouble.silent
    }
}
