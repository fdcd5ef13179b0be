import EventLog
import HTTPTypes
import Hummingbird
import JSON
import Marketplace

/// Entering, editing and deleting products with forms of plain HTML.
///
/// What was done is answered with the way to the list (303), so that loading it again does nothing twice; what was
/// refused with the form as it was filled in, and why, with the status that the API gives it.
///
/// A form that is sent twice takes effect once (`SentForm`).
struct ProductFormRoutes: Sendable {
    /// The largest body, in bytes: every field at its limit fits, percent-encoded.
    static let bodyLimit = 512 << 10

    private static let list = "/realtimeproducts"

    let market: Market
    let pages: PageRoutes

    func create(_ request: Request) async throws -> Response {
        let (form, id) = try await form(request)
        do throws(Problem) {
            let outcome = try await create(form, id: id)
            return .seeOther(Self.list + (outcome.data?["id"]?.int.map { "#product-\($0)" } ?? ""))
        } catch {
            return try pages.showList(form.refused(error), request)
        }
    }

    private func create(_ form: ProductForm, id: String) async throws(Problem) -> Market.Outcome {
        let command = Command(name: "product.create", data: .object(try form.data()))
        let outcome = try await market.perform(command, id: id, source: "form")
        // The same form again after its product was deleted, by the browser's way back, means another product.
        guard outcome.isRepeated, let product = outcome.data?["id"]?.int, market.state.product(product) == nil else {
            return outcome
        }
        return try await market.perform(command, source: "form")
    }

    func edit(_ request: Request, id: Int) throws -> Response {
        guard let product = market.state.product(id) else { throw Self.missing(id) }
        return try pages.showEditor(of: product, ProductForm(product, in: market.log.id), request)
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
        let shown = market.state.product(id).map { ProductForm($0, in: market.log.id) } ?? form
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
        guard let expected = EntityTags.version(named: version ?? "", in: market.log.id) else {
            return try showAgain(form, id, request) { _ in
                "this form names no version of the product in this log, which may have been restored since; check the product and send the form again"
            }
        }
        do throws(Problem) {
            _ = try await market.perform(
                Command(name: name, data: .object(try data()), ifVersion: expected), id: key, source: "form")
            return .seeOther(name == "product.delete" ? Self.list : "\(Self.list)#product-\(id)")
        } catch {
            guard error.code == Refusal.Code.stale.rawValue else {
                guard let product = market.state.product(id) else { throw Self.missing(id) }
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
        guard let product = market.state.product(id) else { throw Self.missing(id) }
        let problem = Problem(.preconditionFailed, Refusal.Code.stale.rawValue, reason(product))
        let version = EntityTags.name(of: product.version, in: market.log.id)
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
