import BitacoraServer
import Commands
import EventLog
import HTTPTypes
import Handlebars
import Hummingbird
import JSON

/// Creates, changes and deletes products with HTML forms, which work without JavaScript.
///
/// An accepted form is answered with a redirect to the list (303), so that reloading the page does not send the form
/// again. A refused form is shown again with the text that was typed and the reason, with the status that the API uses.
///
/// A form that is sent twice takes effect once (`FormSubmission`).
struct ProductFormRoutes: Sendable {
    /// The largest body of a request, in bytes: every field at its limit fits, percent-encoded.
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
        // The form was sent once more with the browser's Back button, after its product was deleted: create another
        // product.
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

    /// Changes a product if it still has the version that the form was made for.
    ///
    /// - Parameters:
    ///   - form: the form that is shown when the change is refused.
    ///   - version: the name of the version that the form was made for; nil refuses the change.
    private func change(
        _ id: Int, _ name: String, _ form: ProductForm, _ key: String, _ request: Request, version: String?,
        data: () throws(Problem) -> JSONObject
    ) async throws -> Response {
        guard let expected = EntityTags.version(named: version ?? "", in: server.log.id) else {
            return try showAgain(form, id, request) { _ in
                "the form names no version of the product in this log, which may have been restored from a backup; "
                    + "check the product and send the form again"
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
                "the product was changed at offset \($0.version), after the form was loaded; "
                    + "send the form again to replace that change"
            }
        }
    }

    /// Shows the form again with the current version of the product, so that sending it again takes effect.
    private func showAgain(
        _ form: ProductForm, _ id: Int, _ request: Request, because reason: (Product) -> String
    ) throws -> Response {
        guard let product = server.state.product(id) else { throw Self.missing(id) }
        let problem = Problem(.preconditionFailed, Refusal.Code.stale.rawValue, reason(product))
        let version = EntityTags.name(of: product.version, in: server.log.id)
        return try pages.showEditor(of: product, form.refused(problem, version: version), request)
    }

    /// The form that was sent, and its idempotency id.
    private func form(_ request: Request) async throws -> (form: ProductForm, id: String) {
        let sent = try await request.form(limit: Self.bodyLimit)
        return (try ProductForm(sent.fields), sent.id)
    }

    private static func missing(_ id: Int) -> Problem {
        Problem(.notFound, "not-found", "there is no product \(id); it may have been deleted")
    }
}

/// The form for a new product, or for changing a product.
struct ProductForm: HTMLForm {
    /// The text fields; `thumbnails` has one address per line.
    static let fields = ["title", "description", "code", "price", "stock", "category", "thumbnails"]
    /// A checkbox that is not checked is not sent.
    static let otherParameters = ["status", "version", "after"]
    /// The fields that the page shows only on request, or when they have text or an error.
    private static let collapsedFields = ["description", "category", "thumbnails"]

    var typed = ["stock": "0"]
    var problem: Problem?
    private var isForSale = true
    /// The name of the product's version (`EntityTags.name`); nil for a new product.
    private(set) var version: String?

    /// Makes the form for a new product.
    init() {}

    /// Makes the form for changing a product of a log.
    init(_ product: Product, in log: LogID) {
        typed = [
            "title": product.title, "description": product.description, "code": product.code,
            "price": product.price.text,
            "stock": "\(product.stock)", "category": product.category,
            "thumbnails": product.thumbnails.joined(separator: "\n"),
        ]
        isForSale = product.status
        version = EntityTags.name(of: product.version, in: log)
    }

    /// Reads the form that a browser sent.
    ///
    /// - Throws: `Problem` 400 `invalid` for a field that the form does not have.
    init(_ query: Query) throws(Problem) {
        try readFields(query)
        isForSale = query["status"] != nil
        version = query["version"]
    }

    /// The same form with an error to show, for another version of the product.
    func refused(_ problem: Problem, version: String) -> ProductForm {
        var form = refused(problem)
        form.version = version
        return form
    }

    /// The data of the commands `product.create` and, with an id, `product.update`.
    ///
    /// - Throws: `invalid` for a price or stock that is not a number. The command checks everything else.
    func data() throws(Problem) -> JSONObject {
        [
            "title": .string(text("title")), "code": .string(text("code")),
            "price": .number(try number("price", example: "12.50")),
            "stock": .number(try number("stock", example: "3")),
            "description": .string(text("description")), "category": .string(text("category")),
            "thumbnails": .array(
                text("thumbnails").split(separator: "\n").map { .string(PageText.trimmed($0)) }.filter { $0 != "" }),
            "status": .bool(isForSale),
        ]
    }

    /// The form for the templates.
    var value: Value {
        var object = fieldValues
        object["status"] = .bool(isForSale)
        object["version"] = version.map(Value.string) ?? .null
        object["asksForMore"] = .bool(
            !isForSale || Self.collapsedFields.contains { !text($0).isEmpty || problem?.field == $0 })
        return .object(object)
    }
}
