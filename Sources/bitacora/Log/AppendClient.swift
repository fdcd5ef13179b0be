import Base64
import EventLog
import Glibc
import JSON
import NIOCore
import NIOHTTP1
import NIOPosix

/// Appends through the server that holds the log: `POST /api/events`.
struct AppendClient {
    /// `http://HOST:PORT`, as the server announced it.
    let address: String

    /// - Returns: the server's answer, an object with `offset` at the least.
    /// - Throws: `Failure` with the server's own words when it refuses.
    func append(_ event: NewEvent) async throws(Failure) -> JSONValue {
        var text: [UInt8] = []
        Self.write(event, into: &text)
        let (status, body) = try await post(text)
        if status == 201, let body, body["offset"]?.int != nil { return body }
        throw refusal(status, body)
    }

    /// - Returns: the status, and the body where it is JSON.
    private func post(_ json: [UInt8]) async throws(Failure) -> (status: Int, body: JSONValue?) {
        guard let client = HTTPClient(address: address) else {
            throw Failure(
                ExitStatus.unusable,
                "the server that holds the log has the address \(address), which this command cannot use; an address is like http://127.0.0.1:8080"
            )
        }
        let answer: HTTPClient.Response
        do throws(HTTPClient.RequestError) {
            answer = try await client.post("/api/events", json: json)
        } catch {
            throw Failure(ExitStatus.unusable, "the server at \(address), which holds the log, \(error)")
        }
        return (answer.status, try? JSONValue(parsing: answer.body))
    }

    /// Why the server took none of several events.
    struct Rejection: Error {
        /// The event at fault, where the server names one.
        let index: Int?
        let failure: Failure
    }

    /// Appends all or none.
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
        throw Rejection(index: Self.index(body?["field"]?.string), failure: refusal(status, body))
    }

    /// Of `[3].topic` the 3.
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

    /// Writes the event as the server is to log it: its data, checked when the event was made, byte for byte, and a null
    /// where it has no source, since one that is left out is the server's own.
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
    private func refusal(_ status: Int, _ problem: JSONValue?) -> Failure {
        guard let reason = problem?["detail"]?.string ?? problem?["title"]?.string else {
            return Failure(
                ExitStatus.unusable,
                "the server at \(address) sent an answer with status \(status) that is not the answer to an append; check that it is a Bitácora server"
            )
        }
        return Failure((400..<500).contains(status) ? ExitStatus.refused : ExitStatus.unusable, reason)
    }
}

/// One request to a server on this machine: HTTP/1.1, no TLS, a bounded answer.
struct HTTPClient {
    struct Response {
        let status: Int
        let body: [UInt8]
    }

    /// What went wrong on the way; reads on from "the server …".
    enum RequestError: Error, CustomStringConvertible {
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

    func post(_ path: String, json: [UInt8]) async throws(RequestError) -> Response {
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
        } catch let trouble as RequestError {
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

    private static func collect(_ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>) async throws -> Response
    {
        var status = 0
        var body: [UInt8] = []
        for try await part in inbound {
            switch part {
            case .head(let head): status = Int(head.status.code)
            case .body(let bytes):
                body += bytes.readableBytesView
                if body.count > maximumAnswer { throw RequestError.oversized }
            case .end: return Response(status: status, body: body)
            }
        }
        throw RequestError.silent
    }
}

extension WriterHolder {
    /// The process that writes the log in `directory` now; nil when none does.
    ///
    /// The file that names it outlives it, and its process number may belong to
    /// another by then: the lock on the file is what counts.
    static func current(in directory: String) -> WriterHolder? {
        guard let holder = read(in: directory), kill(holder.process, 0) == 0 || errno == EPERM else { return nil }
        let descriptor = open(directory + "/writer.lock", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else {
            flock(descriptor, LOCK_UN)
            return nil
        }
        return holder
    }
}
