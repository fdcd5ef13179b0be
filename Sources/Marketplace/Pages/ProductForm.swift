import EventLog
import Handlebars
import HTTPTypes
import Inspection
import JSON
import Marketplace

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
        try query.allowOnly(Self.parameters)
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
            "price": .number(try FormNumber.read(text("price"), of: "price", such: "12.50")),
            "stock": .number(try FormNumber.read(text("stock"), of: "stock", such: "3")),
            "description": .string(text("description")), "category": .string(text("category")),
            "thumbnails": .array(
                text("thumbnails").split(separator: "\n").map { .string(String($0).trimmed) }.filter { $0 != "" }),
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
        object.tell(problem, beside: Self.fields)
        if let field = problem?.field, ["description", "category", "thumbnails"].contains(field) {
            object["asksForMore"] = true
        }
        return .object(object)
    }

    private func text(_ name: String) -> String { (written[name] ?? "").trimmed }
}
