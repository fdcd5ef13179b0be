import Base64
import Commands
import Declarations
import EventLog
import HTTPTypes
import Hummingbird
import JSON

/// `POST /commands/NAME`: a command of a folder application, as JSON or as an HTML form.
struct CommandRoutes: Sendable {
    static let path = "/commands/{name}"
    /// The field of a form with the path of the page that is shown after success.
    static let nextField = "_next"
    /// The field of a form with the id that makes a retry safe.
    static let idField = "_id"
    /// The maximum size of a form, in bytes.
    static let formLimit = 1 << 20

    let log: EventLog
    let application: DeclaredApplication
    let commands: DeclaredCommands

    /// Performs the command of a request.
    ///
    /// Answers a form with a redirect (303), and JSON with 201, or 200 when the command repeats an earlier one with the
    /// same id: `{"offset":7,"position":"0123456789abcdef:7"}`.
    ///
    /// - Throws: `Problem`: 404 for an unknown command, with the names of those that exist; 415 for a form with files,
    ///   and for JSON that is sent as a form; the refusal of the command.
    func perform(_ request: Request, name: String) async throws -> Response {
        let name = FormEncoding.decoded(partOfPath: name)
        let version = application.version
        guard let command = version.commands[name] else {
            let refusal = version.unknownCommand(name)
            throw Problem(.notFound, refusal.code.rawValue, refusal.message)
        }
        try request.refuseConditions()
        if request.isForm { return try await submit(command, request) }
        guard !request.isMultipart else {
            throw Problem(
                .unsupportedMediaType, "media-type",
                "the body is multipart/form-data; send application/json or application/x-www-form-urlencoded",
                field: "Content-Type")
        }
        let data = try await request.json(limit: EventRoutes.bodyLimit)
        let outcome = try await commands.perform(
            Command(name: name, data: data), id: request.idempotencyKey, source: "http")
        return .json(
            [
                "offset": .number(JSONNumber(outcome.offset.rawValue)),
                "position": .string("\(Position(log: log.id, offset: outcome.offset))"),
            ], status: outcome.isRepeated ? .ok : .created)
    }

    /// - Throws: `Problem`, which browsers get as the error page.
    private func submit(_ command: DeclaredCommand, _ request: Request) async throws -> Response {
        let form = try await request.form(limit: Self.formLimit)
        let fields = form.fields
        let data = command.data(form: fields.pairs.filter { ![Self.nextField, Self.idField].contains($0.name) })
        let id = fields[Self.idField].flatMap { $0.isEmpty ? nil : $0 } ?? request.idempotencyKey
        _ = try await commands.perform(Command(name: command.name, data: .object(data)), id: id, source: "form")
        return .seeOther(Self.address(after: request, fields[Self.nextField]))
    }

    /// The page after a form took effect: the one that the form names, otherwise the page of the form, otherwise `/`.
    private static func address(after request: Request, _ next: String?) -> String {
        if let next, SitePath.isPath(next) { return next }
        return SitePath.ofReferer(request) ?? "/"
    }
}
