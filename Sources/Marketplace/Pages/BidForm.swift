import Handlebars
import JSON

/// The form for a bid: what is written in it, and what is wrong with that.
struct BidForm: Sendable {
    static let fields = ["amount", "bidder"]
    static let parameters = Set(fields + ["after"])

    private var written: [String: String] = [:]
    private(set) var problem: Problem?

    init() {}

    /// As a browser sent it.
    ///
    /// - Throws: `.invalid` for a field that the form does not have.
    init(_ query: Query) throws(Problem) {
        try query.allowOnly(Self.parameters)
        for name in Self.fields { written[name] = query[name] ?? "" }
    }

    /// The same form, with what is wrong with it.
    func refused(_ problem: Problem) -> BidForm {
        var form = self
        form.problem = problem
        return form
    }

    /// The fields as the command takes them.
    ///
    /// - Throws: `.invalid` for an amount that is no number; all else the marketplace refuses.
    func data(for auction: Int) throws(Problem) -> JSONObject {
        [
            "auction": .number(JSONNumber(auction)),
            "amount": .number(try FormNumber.read((written["amount"] ?? "").trimmed, of: "amount", such: "12.50")),
            "bidder": .string(written["bidder"] ?? ""),
        ]
    }

    /// As the templates see it.
    var value: Value {
        var object = Self.fields.reduce(into: Object()) { $0[$1] = .string(written[$1] ?? "") }
        object.tell(problem, beside: Self.fields)
        return .object(object)
    }
}
