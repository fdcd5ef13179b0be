import BitacoraServer
import Commands
import EventLog
import HTTPTypes
import Hummingbird
import JSON

/// `/api/products`: reads the newest state, and creates, changes and deletes products.
struct ProductRoutes {
    /// The largest body of a request, in bytes: every field at its limit fits.
    static let bodyLimit = 256 << 10

    let server: Server

    func list(_ request: Request) throws -> Response {
        let value = server.current
        let tag = EntityTags.strong("\(server.log.id)-\(value.offset)")
        if EntityTags.matches(request.headers[.ifNoneMatch], tag) { return .notModified(tag) }
        var response = Response.json([
            "offset": .number(JSONNumber(value.offset.rawValue)),
            "products": .array(value.state.productsInOrder.map(\.json)),
        ])
        response.headers[.eTag] = tag
        return response
    }

    func show(_ request: Request, id: Int) throws -> Response {
        let value = server.current
        guard let product = value.state.product(id) else { throw Self.missing(id) }
        let tag = EntityTags.version(product.version, in: server.log.id)
        if EntityTags.matches(request.headers[.ifNoneMatch], tag) { return .notModified(tag) }
        return answer(product.json, version: product.version, offset: value.offset)
    }

    func create(_ request: Request) async throws -> Response {
        try request.refuseConditions()
        let data = try await request.json(limit: Self.bodyLimit)
        let outcome = try await server.perform("product.create", data, for: request)
        // At a retry the product may have been changed or deleted: the answer is what was created.
        guard var product = outcome.data?.object, let id = product["id"]?.int else {
            throw Problem(ReadError.damaged(outcome.offset))
        }
        product["version"] = .number(JSONNumber(outcome.offset.rawValue))
        var response = answer(
            .object(product), version: outcome.offset.rawValue, offset: outcome.offset, status: .created)
        response.headers[.location] = "/api/products/\(id)"
        return response
    }

    /// PATCH changes the given fields. PUT sets all fields; fields that are not given get the values of a new product.
    func update(_ request: Request, id: Int, replacing: Bool) async throws -> Response {
        guard var data = try await request.json(limit: Self.bodyLimit).object else {
            throw Problem(.unprocessableContent, "invalid", "the body must be an object with the fields of the product")
        }
        if let given = data["id"], given.int != id {
            throw Problem.invalid("id", "id in the body must be \(id), the id in the address; send it without id")
        }
        if replacing { data = try Self.complete(data) }
        data["id"] = .number(JSONNumber(id))
        let outcome = try await server.perform(
            "product.update", .object(data), for: request, version: try version(request, id))
        // At a retry the product may have been deleted: the change took effect before.
        guard let product = server.state.product(id) else {
            return .json(["offset": .number(JSONNumber(outcome.offset.rawValue))])
        }
        return answer(product.json, version: product.version, offset: outcome.offset)
    }

    func delete(_ request: Request, id: Int) async throws -> Response {
        let data: JSONValue = ["id": .number(JSONNumber(id))]
        let outcome = try await server.perform("product.delete", data, for: request, version: try version(request, id))
        return .json(["offset": .number(JSONNumber(outcome.offset.rawValue))])
    }

    private func version(_ request: Request, _ id: Int) throws(Problem) -> UInt64? {
        try request.requiredVersion(of: "product \(id)", at: server.state.product(id)?.version, in: server.log.id)
    }

    /// The data of PUT with the values of a new product for fields that are left out.
    ///
    /// - Throws: `missing` for a field that a new product needs.
    private static func complete(_ data: JSONObject) throws(Problem) -> JSONObject {
        var data = data
        for required in ["title", "code", "price"] where data[required] == nil {
            throw Problem(
                .unprocessableContent, "missing",
                "\(required) is missing; PUT replaces all fields, use PATCH to change some of them",
                field: required)
        }
        let defaults: [(String, JSONValue)] = [
            ("description", ""), ("status", true), ("stock", 0), ("category", ""), ("thumbnails", []),
        ]
        for (field, value) in defaults where data[field] == nil { data[field] = value }
        return data
    }

    private static func missing(_ id: Int) -> Problem {
        Problem(.notFound, "not-found", "there is no product \(id)", field: "id")
    }

    private func answer(
        _ product: JSONValue, version: UInt64, offset: Offset, status: HTTPResponse.Status = .ok
    ) -> Response {
        var response = Response.json(
            ["offset": .number(JSONNumber(offset.rawValue)), "product": product], status: status)
        response.headers[.eTag] = EntityTags.version(version, in: server.log.id)
        return response
    }
}
