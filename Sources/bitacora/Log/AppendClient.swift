import Base64
import EventLog
import Glibc
import JSON
import NIOCore
import NIOHTTP1
import NIOPosix

/// A client that appends through the server that holds the log (`POST /api/events`).
struct AppendClient {
    /// `http://HOST:PORT`, from the server's entry in `writer.lock`.
    let address: String

    /// Appends one event.
    ///
    /// - Returns: the JSON of the response, an object with at least `offset`.
    /// - Throws: `Failure` with the server's error message.
    func append(_ event: NewEvent) async throws(Failure) -> JSONValue {
        var text: [UInt8] = []
        Self.write(event, into: &text)
        let (status, body) = try await post(text)
        if status == 201, let body, body["offset"]?.int != nil { return body }
        throw failure(status, body)
    }

    /// Sends a request to append.
    ///
    /// - Returns: the status, and the body if it is JSON.
    private func post(_ json: [UInt8]) async throws(Failure) -> (status: Int, body: JSONValue?) {
        guard let client = HTTPClient(address: address) else {
            throw Failure(
                ExitStatus.unusable,
                "the server that holds the log has the address \(address), which is not supported; an address is like http://127.0.0.1:8080"
            )
        }
        let response: HTTPClient.Response
        do throws(HTTPClient.RequestError) {
            response = try await client.post("/api/events", json: json)
        } catch {
            throw Failure(ExitStatus.unusable, "the server at \(address), which holds the log, \(error)")
        }
        return (response.status, try? JSONValue(parsing: response.body))
    }

    /// Why the server rejected all of several events.
    struct Rejection: Error {
        /// The index of the invalid event, if the server names one.
        let index: Int?
        let failure: Failure
    }

    /// Appends all events or none.
    func append(_ events: [NewEvent]) async throws(Rejection) -> ImportTarget.Written {
        let status: Int
        let body: JSONValue?
        do throws(Failure) {
            (status, body) = try await post(Self.array(of: events))
        } catch {
            throw Rejection(index: nil, failure: error)
        }
        if status == 201, let body, let offsets = body["offsets"]?.array, offsets.count == events.count {
            let duplicates = body["duplicates"]?.int ?? 0
            return ImportTarget.Written(new: offsets.count - duplicates, duplicates: duplicates)
        }
        throw Rejection(index: Self.index(body?["field"]?.string), failure: failure(status, body))
    }

    /// The index in the path of a field: 3 for `[3].topic`.
    private static func index(_ field: String?) -> Int? {
        guard let field, field.hasPrefix("["), let end = field.firstIndex(of: "]") else { return nil }
        return Int(field[field.index(after: field.startIndex)..<end])
    }

    private static func array(of events: [NewEvent]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(events.reduce(2) { $0 + $1.data.count + 256 })
        for event in events {
            text.append(UInt8(ascii: text.isEmpty ? "[" : ","))
            write(event, into: &text)
        }
        text.append(UInt8(ascii: "]"))
        return text
    }

    /// Writes the JSON of an event. An event without a source is written with a null, because the server replaces a
    /// source that is missing.
    private static func write(_ event: NewEvent, into text: inout [UInt8]) {
        text += #"{"topic":"#.utf8
        JSONText.writeString(event.topic, into: &text)
        text += #","type":"#.utf8
        JSONText.writeString(event.type, into: &text)
        text += #","data":"#.utf8
        switch event.data {
        case .json(let json): text += json
        case .bytes(let bytes):
            JSONText.writeString(Base64.encoded(bytes), into: &text)
            text += #","encoding":"base64""#.utf8
        }
        if let id = event.id {
            text += #","id":"#.utf8
            JSONText.writeString(id, into: &text)
        }
        text += #","source":"#.utf8
        if let source = event.source { JSONText.writeString(source, into: &text) } else { text += "null".utf8 }
        if let expected = event.expectedOffset { text += #","expectedOffset":\#(expected)"#.utf8 }
        text.append(UInt8(ascii: "}"))
    }

    /// RFC 9457: `detail` explains this case, `title` its kind.
    private func failure(_ status: Int, _ problem: JSONValue?) -> Failure {
        guard let reason = problem?["detail"]?.string ?? problem?["title"]?.string else {
            return Failure(
                ExitStatus.unusable,
                "the server at \(address) sent an unexpected response with status \(status); check that it is a Bitácora server"
            )
        }
        return Failure((400..<500).contains(status) ? ExitStatus.refused : ExitStatus.unusable, reason)
    }
}

/// A client for single requests to a server on this machine: HTTP/1.1, without TLS, with a limit for the response.
private struct HTTPClient {
    struct Response {
        let status: Int
        let body: [UInt8]
    }

    /// Why a request failed; the description continues a sentence that begins with the server.
    enum RequestError: Error, CustomStringConvertible {
        case unreachable(String)
        case noResponse
        case oversized

        var description: String {
            switch self {
            case .unreachable(let reason): "cannot be reached: \(reason)"
            case .noResponse:
                "closed the connection or did not respond within \(HTTPClient.timeout.nanoseconds / 1_000_000_000) s; the event may have been appended"
            case .oversized: "sent a response of more than \(HTTPClient.maximumResponse) bytes, which is the limit"
            }
        }
    }

    fileprivate static let timeout = TimeAmount.seconds(30)
    fileprivate static let maximumResponse = 1 << 20

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private let host: String
    private let port: Int
    /// The value of the header `Host`.
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

    func post(_ path: String, json: [UInt8]) async throws(RequestError) -> Response {
        let connection: Connection
        do {
            connection = try await connect()
        } catch {
            throw .unreachable("\(error)")
        }
        // Closing the connection ends the wait for a response.
        let timeout = connection.channel.eventLoop.scheduleTask(in: Self.timeout) { [channel = connection.channel] in
            channel.close(promise: nil)
        }
        defer { timeout.cancel() }
        do {
            return try await connection.executeThenClose { inbound, outbound in
                try await outbound.write(.head(head(path, length: json.count)))
                try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: json))))
                try await outbound.write(.end(nil))
                return try await Self.collect(inbound)
            }
        } catch let error as RequestError {
            throw error
        } catch {
            throw .noResponse
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

    private static func collect(
        _ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>
    ) async throws -> Response {
        var status = 0
        var body: [UInt8] = []
        for try await part in inbound {
            switch part {
            case .head(let head): status = Int(head.status.code)
            case .body(let bytes):
                body += bytes.readableBytesView
                if body.count > maximumResponse { throw RequestError.oversized }
            case .end: return Response(status: status, body: body)
            }
        }
        throw RequestError.noResponse
    }
}
