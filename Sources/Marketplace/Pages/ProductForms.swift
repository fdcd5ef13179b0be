import BitacoraServer
import Commands
import EventLog
import HTTPTypes
import Handlebars
import Hummingbird
import JSON

/// Entering, editing and deleting products with forms of plain HTML.
///
/// What was done is answered with the way to the list (303), so that loading it again does nothing twice; what was
/// refused with the form as it was filled in, and why, with the status that the API gives it.
///
/// A form that is sent twice takes effect once (`FormSubmission`).
struct ProductFormRoutes: Sendable {
    /// The largest body, in bytes: every field at its limit fits, percent-encoded.
    static let bodyLimit = 512 << 10

    private static let list = "/realtimeproducts"

    let server: Server
    let pages: ProductPages

    func create(_ request: Request) async throws -> Response {
        let (form, id) = try await form(request)
        do throws(Problem) {
            let outcome = try await create(form, id: id)
            return .seeOther(Self.list + (outcome.data?["id"]?.int.map { "#product-\($0)" } ?? ""))
        } catch {
            return try pages.showList(form.refused(error), request)
        }
    }

    private func create(_ form: ProductForm, id: String) async throws(Problem) -> CommandOutcome {
        let command = Command(name: "product.create", data: .object(try form.data()))
        let outcome = try await server.perform(command, id: id, source: "form")
        // The same form again after its product was deleted, by the browser's way back, means another product.
        guard outcome.isRepeated, let product = outcome.data?["id"]?.int, server.state.product(product) == nil else {
            return outcome
        }
        return try await server.perform(command, source: "form")
    }

    func edit(_ request: Request, id: Int) throws -> Response {
        guard let product = server.state.product(id) else { throw Self.missing(id) }
        return try pages.showEditor(of: product, ProductForm(product, in: server.log.id), request)
    }

    func update(_ request: Request, id: Int) async throws -> Response {
        let (form, key) = try await form(request)
        return try await change(id, "product.update", form, key, request, version: form.version) { () throws(Problem) in
            var data = try form.data()
            data["id"] = .number(JSONNumber(id))
            return data
        }
    }

    func delete(_ request: Request, id: Int) async throws -> Response {
        let (form, key) = try await form(request)
        let shown = server.state.product(id).map { ProductForm($0, in: server.log.id) } ?? form
        return try await change(id, "product.delete", shown, key, request, version: form.version) {
            ["id": .number(JSONNumber(id))]
        }
    }

    /// Changes a product, if its version is still the one that the form was made for.
    ///
    /// - Parameters:
    ///   - form: the form that is shown when the change is refused.
    ///   - version: the name of the version that the form was made for; without one the change is refused.
    private func change(
        _ id: Int, _ name: String, _ form: ProductForm, _ key: String, _ request: Request, version: String?,
        data: () throws(Problem) -> JSONObject
    ) async throws -> Response {
        guard let expected = EntityTags.version(named: version ?? "", in: server.log.id) else {
            return try showAgain(form, id, request) { _ in
                "this form names no version of the product in this log, which may have been restored since; check the product and send the form again"
            }
        }
        do throws(Problem) {
            _ = try await server.perform(
                Command(name: name, data: .object(try data()), ifVersion: expected), id: key, source: "form")
            return .seeOther(name == "product.delete" ? Self.list : "\(Self.list)#product-\(id)")
        } catch {
            guard error.code == Refusal.Code.stale.rawValue else {
                guard let product = server.state.product(id) else { throw Self.missing(id) }
                return try pages.showEditor(of: product, form.refused(error), request)
            }
            return try showAgain(form, id, request) {
                "the product was changed at offset \($0.version), after this form was shown; send the form again to replace that change"
            }
        }
    }

    /// Shows the form again with the current version of the product: sent once more, it takes effect.
    private func showAgain(
        _ form: ProductForm, _ id: Int, _ request: Request, because reason: (Product) -> String
    ) throws -> Response {
        guard let product = server.state.product(id) else { throw Self.missing(id) }
        let problem = Problem(.preconditionFailed, Refusal.Code.stale.rawValue, reason(product))
        let version = EntityTags.name(of: product.version, in: server.log.id)
        return try pages.showEditor(of: product, form.refused(problem, version: version), request)
    }

    /// The form that was sent, and the id that its repetition has too.
    private func form(_ request: Request) async throws -> (form: ProductForm, id: String) {
        let sent = try await request.form(limit: Self.bodyLimit)
        return (try ProductForm(sent.fields), sent.id)
    }

    private static func missing(_ id: Int) -> Problem {
        Problem(.notFound, "not-found", "there is no product \(id), or no longer")
    }
}

/// The form for a product: what is written in it, and what is wrong with that.
struct ProductForm: Sendable {
    /// The fields that are text, by name; pictures stand one a line.
    static let fields = ["title", "description", "code", "price", "stock", "category", "thumbnails"]
    /// What a browser sends of it: a box that is not ticked is not sent.
    static let parameters = Set(fields + ["status", "version", "after"])

    private var written: [String: String] = ["stock": "0"]
    private var isOnSale = true
    /// The version of the product that is edited, by name (`EntityTags.name`); nil for a new product.
    private(set) var version: String?
    var problem: Problem?

    /// For a new product.
    init() {}

    /// For changing a product of a log.
    init(_ product: Product, in log: LogID) {
        written = [
            "title": product.title, "description": product.description, "code": product.code,
            "price": product.price.text,
            "stock": "\(product.stock)", "category": product.category,
            "thumbnails": product.thumbnails.joined(separator: "\n"),
        ]
        isOnSale = product.status
        version = EntityTags.name(of: product.version, in: log)
    }

    /// As a browser sent it.
    ///
    /// - Throws: `.invalid` for a field that the form does not have.
    init(_ query: Query) throws(Problem) {
        try query.rejectNames(besides: Self.parameters)
        // Browsers end the lines of a form as mail does; a product's text has plain ones.
        for name in Self.fields { written[name] = (query[name] ?? "").replacing("\r\n", with: "\n") }
        isOnSale = query["status"] != nil
        version = query["version"]
    }

    /// The same form with a problem to show.
    ///
    /// - Parameter version: the name of the new version to edit; nil keeps the version of the form.
    func refused(_ problem: Problem, version: String? = nil) -> ProductForm {
        var form = self
        form.problem = problem
        form.version = version ?? self.version
        return form
    }

    /// The fields as a command takes them.
    ///
    /// - Throws: `.invalid` for what should be a number and is none; all else the marketplace refuses.
    func data() throws(Problem) -> JSONObject {
        [
            "title": .string(text("title")), "code": .string(text("code")),
            "price": .number(try FormNumber.read(text("price"), of: "price", example: "12.50")),
            "stock": .number(try FormNumber.read(text("stock"), of: "stock", example: "3")),
            "description": .string(text("description")), "category": .string(text("category")),
            "thumbnails": .array(
                text("thumbnails").split(separator: "\n").map { .string(PageText.trimmed($0)) }.filter { $0 != "" }),
            "status": .bool(isOnSale),
        ]
    }

    /// As the templates see it.
    var value: Value {
        var object = Self.fields.reduce(into: Object()) { $0[$1] = .string(written[$1] ?? "") }
        object["status"] = .bool(isOnSale)
        object["version"] = version.map(Value.string) ?? .null
        object["asksForMore"] = .bool(
            !["description", "category", "thumbnails"].allSatisfy { text($0).isEmpty } || !isOnSale)
        object.addProblem(problem, fields: Self.fields)
        if let field = problem?.field, ["description", "category", "thumbnails"].contains(field) {
            object["asksForMore"] = true
        }
        return .object(object)
    }

    private func text(_ name: String) -> String { PageText.trimmed(written[name] ?? "") }
}
