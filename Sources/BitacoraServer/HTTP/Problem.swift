public import Commands
public import EventLog
public import HTTPTypes
public import Hummingbird
public import HummingbirdCore
public import JSON
import NIOCore
import NIOHTTP1
import WebSocket

/// An error with an HTTP status, answered as `application/problem+json` (RFC 9457).
///
/// The document has the members `type`, `title`, `status`, `detail`, `code` and, when the error is about one, `field`.
/// Browsers that ask for a page get the view `error` instead.
public struct Problem: HTTPResponseError, Equatable {
    /// The status of the response.
    public let status: HTTPResponse.Status
    /// The kind of error, for programs: lower case with hyphens, such as `not-found`.
    public let code: String
    /// What failed, what was sent and what is expected, for people.
    public let detail: String
    /// The parameter, field or header that is wrong; nil when the error is not about one of them.
    public var field: String?
    /// Further headers of the response.
    public var headers: HTTPFields = [:]

    /// Makes an error, to be thrown from a route.
    public init(_ status: HTTPResponse.Status, _ code: String, _ detail: String, field: String? = nil) {
        self.status = status
        self.code = code
        self.detail = detail
        self.field = field
    }

    /// The error of a wrong parameter: 400 with the code `invalid`.
    public static func invalid(_ field: String, _ detail: String) -> Problem {
        Problem(.badRequest, "invalid", detail, field: field)
    }

    /// The error of an address that has no route: 404.
    public static let notFound = Problem(.notFound, "not-found", "there is nothing at this address")

    var json: JSONValue {
        var object: JSONObject = [
            "type": "about:blank", "title": .string(status.reasonPhrase), "status": .number(JSONNumber(status.code)),
            "detail": .string(detail), "code": .string(code),
        ]
        if let field { object["field"] = .string(field) }
        return .object(object)
    }

    /// The response: `application/problem+json`.
    public func response(from request: Request, context: some RequestContext) -> Response {
        var response = Response.json(json, status: status)
        response.headers[.contentType] = "application/problem+json"
        for header in headers { response.headers[header.name] = header.value }
        return response
    }
}

extension Problem {
    /// The error of an offset without an event: 404. The detail names the offsets that have events.
    ///
    /// - Parameter head: the last offset that the client can read in `log`.
    init(noEventAt offset: Offset, in log: EventLog, head: Offset) {
        let first = log.first
        let range = head < first ? "the log is empty" : "the log has \(first) to \(head)"
        self.init(.notFound, "not-found", "there is no event at offset \(offset); \(range)")
    }

    /// The error of a read: 410 for trimmed events, 503 when a later attempt may succeed, 500 otherwise.
    public init(_ error: ReadError) {
        if case .gone(let first) = error {
            self.init(.gone, "gone", "\(error); the log begins at offset \(first)")
        } else if error.isTemporary {
            self.init(.serviceUnavailable, "unreadable", "\(error)")
            headers[.retryAfter] = "1"
        } else {
            self.init(.internalServerError, "unreadable", "\(error)")
        }
    }

    /// The error of an append: 422, 413, 409, 507, or 503 when a later attempt may succeed.
    public init(_ error: AppendError) {
        // The same form as for JSON that is not an event: `[2].topic`.
        let field = error.field.map { name in error.index.map { "[\($0)].\(name)" } ?? name }
        switch error.code {
        case .invalidEvent: self.init(.unprocessableContent, error.code.rawValue, error.message, field: field)
        case .tooLarge: self.init(.contentTooLarge, error.code.rawValue, error.message, field: field)
        case .conflict, .idConflict: self.init(.conflict, error.code.rawValue, error.message, field: field)
        case .full:
            self.init(
                HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"), error.code.rawValue, error.message
            )
        default:
            self.init(.serviceUnavailable, error.code.rawValue, error.message)
            headers[.retryAfter] = "1"
        }
    }

    /// The error of a refused command: 422, 404, 409 or 412, by the kind of the code.
    public init(_ refusal: Refusal) {
        let status: HTTPResponse.Status =
            switch refusal.code.kind {
            case .invalid: .unprocessableContent
            case .notFound: .notFound
            case .conflict: .conflict
            case .stale: .preconditionFailed
            }
        self.init(status, refusal.code.rawValue, refusal.message, field: refusal.field)
    }

    /// The error of a command that was refused or could not be appended.
    init(_ error: CommandError<Refusal>) {
        switch error {
        case .refused(let refusal): self.init(refusal)
        case .append(let error): self.init(error)
        }
    }
}

extension Response {
    /// Makes a response with a JSON body.
    public static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        json(ByteBuffer(bytes: value.bytes), status: status)
    }

    static func json(_ bytes: ByteBuffer, status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: bytes))
    }
}

extension Problem {
    /// The document for a request that the connection rejected before it reached the router.
    @Sendable static func rejectionBody(_ refusal: RequestRejection) -> (contentType: String, bytes: ByteBuffer) {
        let status = HTTPResponse.Status(code: Int(refusal.status.code), reasonPhrase: refusal.status.reasonPhrase)
        let problem = Problem(status, refusal.code, refusal.detail)
        return ("application/problem+json", ByteBuffer(bytes: problem.json.bytes))
    }
}
