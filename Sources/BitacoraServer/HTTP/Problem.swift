import EventLog
import HTTPTypes
import Hummingbird
import HummingbirdCore
import JSON
import Marketplace
import NIOCore

/// An error as HTTP tells it: `application/problem+json` (RFC 9457), with `code` for programs and the `field` at fault.
struct Problem: HTTPResponseError, Equatable {
    let status: HTTPResponse.Status
    let code: String
    let detail: String
    var field: String?
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ code: String, _ detail: String, field: String? = nil) {
        self.status = status
        self.code = code
        self.detail = detail
        self.field = field
    }

    static func invalid(_ field: String, _ detail: String) -> Problem {
        Problem(.badRequest, "invalid", detail, field: field)
    }

    static let notFound = Problem(.notFound, "not-found", "there is nothing at this address")

    var json: JSONValue {
        var object: JSONObject = [
            "type": "about:blank", "title": .string(status.reasonPhrase), "status": .number(JSONNumber(status.code)),
            "detail": .string(detail), "code": .string(code),
        ]
        if let field { object["field"] = .string(field) }
        return .object(object)
    }

    func response(from request: Request, context: some RequestContext) -> Response {
        var response = Response.json(json, status: status)
        response.headers[.contentType] = "application/problem+json"
        for header in headers { response.headers[header.name] = header.value }
        return response
    }
}

extension Problem {
    /// The answer 404 for an offset without an event. The detail says which offsets have events.
    ///
    /// - Parameter head: the last offset that the client can read in `log`.
    init(noEventAt offset: Offset, in log: EventLog, head: Offset) {
        let first = log.first
        let range = head < first ? "the log is empty" : "the log has \(first) to \(head)"
        self.init(.notFound, "not-found", "there is no event at offset \(offset); \(range)")
    }

    init(_ error: ReadError) {
        if case .gone(let first) = error {
            self.init(.gone, "gone", "\(error); the log begins at offset \(first)")
        } else if error.isTemporary {
            self.init(.serviceUnavailable, "unreadable", "\(error)")
            headers[.retryAfter] = "1"
        } else {
            self.init(.internalServerError, "unreadable", "\(error)")
        }
    }

    init(_ error: AppendError) {
        // As the errors of what is no event: `[2].topic`.
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

    init(_ refusal: Refusal) {
        let status: HTTPResponse.Status =
            switch refusal.code {
            case .notFound: .notFound
            case .duplicate, .inAuction, .tooLow, .closed, .early: .conflict
            case .stale: .preconditionFailed
            default: .unprocessableContent
            }
        self.init(status, refusal.code.rawValue, refusal.message, field: refusal.field)
    }

    init(_ error: CommandError<Refusal>) {
        switch error {
        case .refused(let refusal): self.init(refusal)
        case .append(let error): self.init(error)
        }
    }
}

extension Response {
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        json(ByteBuffer(bytes: value.bytes), status: status)
    }

    static func json(_ bytes: ByteBuffer, status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: bytes))
    }
}
