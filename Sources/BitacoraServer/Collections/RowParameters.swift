import EventLog
import HTTPTypes
import Inspection
import JSON
import KeyedRows

/// Reads the parameters that select rows: `where[field]=value`, `where[field][op]=value`, `sort` and `limit`.
enum RowParameters {
    /// The number of rows of a page without `limit`.
    static let defaultLimit = 100
    /// The largest `limit`.
    static let maximumLimit = 1000
    /// The names that every selection has.
    static let names = ["where", "sort", "limit"]
    /// The other names that a page of rows has.
    static let pageNames = ["after", "at"]

    /// Reads the selection of a request.
    ///
    /// - Parameters:
    ///   - others: the names of the other parameters of the address.
    ///   - state: the rows, whose fields the selection may name.
    /// - Throws: `Problem` 400 for a misspelt name, a field that is written as a parameter, an unknown field, and a
    ///   value that is not valid.
    static func selection(
        _ query: Query, others: [String], of state: CollectionState
    ) throws(Problem) -> RowQuery {
        do throws(InvalidParameter) {
            let parameters = names + others
            let unknown = query.names.filter { !RowFilter.isParameter($0) && !parameters.contains($0) }
            if let field = unknown.first(where: { state.fieldIndex($0) != nil }) {
                throw InvalidParameter(
                    field, field, "is a field, not a parameter",
                    "write where[\(field)]=\((query[field] ?? "").prefix(64))")
            }
            try ParameterNames(parameters).check(unknown)
            let rows = RowQuery(
                filter: try RowFilter(parameters: query.pairs),
                sort: try query["sort"].map { (text) throws(InvalidParameter) in try RowSort(text) } ?? RowSort(),
                limit: try query["limit"].map { (text) throws(InvalidParameter) in try limit(text) })
            try checkFields(of: rows, state)
            return rows
        } catch {
            throw Problem(error)
        }
    }

    /// Checks the names of the parameters of one row, which has only `at`.
    ///
    /// - Throws: `Problem` 400 for a parameter that selects rows, and for a misspelt name.
    static func checkRow(_ query: Query) throws(Problem) {
        let others = names + pageNames.filter { $0 != "at" }
        if let name = query.names.first(where: { RowFilter.isParameter($0) || others.contains($0) }) {
            throw .invalid(
                name,
                "'\(name.prefix(64))' selects rows of a collection, and this is the address of one row; its only parameter is at"
            )
        }
        try query.rejectMisspellings(of: ["at"])
    }

    /// Reads `limit`.
    static func limit(_ text: String) throws(InvalidParameter) -> Int {
        guard let limit = Offset(text).map({ Int(clamping: $0.rawValue) }), (1...maximumLimit).contains(limit) else {
            throw InvalidParameter(
                "limit", text, "is not a number of rows", "write a number from 1 to \(maximumLimit)")
        }
        return limit
    }

    /// - Throws: for the first field that the collection does not have; the message names the fields.
    static func checkFields(of rows: RowQuery, _ state: CollectionState) throws(InvalidParameter) {
        let place =
            rows.filter.unknownField(among: state.fields).map { ("where[\($0)]", $0) }
            ?? rows.sort.fields.first { state.fieldIndex($0.name) == nil }.map { ("sort", $0.name) }
        guard let (parameter, field) = place else { return }
        throw InvalidParameter(
            parameter, field, "is not a field of collection \(state.name)",
            state.fields.isEmpty ? "it has no fields" : "its fields are \(state.fields.joined(separator: ", "))")
    }
}

/// Identifies a query: readers whose queries have equal ids share one window.
///
/// Compares bytes. The operator `==` of queries takes strings for equal that are only canonically equivalent.
struct RowQueryID: Hashable {
    let bytes: [UInt8]

    /// The order of the conditions does not count.
    init(_ query: RowQuery) {
        let tests = query.filter.tests.map(\.canonicalDescription.bytes).sorted { $0.lexicographicallyPrecedes($1) }
        let start = Array("\(query.sort)\u{0}\(query.limit.map { "\($0)" } ?? "")".utf8)
        bytes = start + tests.flatMap { [0] + $0 }
    }
}

extension CollectionState {
    /// The problem of an address of a row that does not exist.
    ///
    /// - Parameter offset: the offset of the past state that was asked for; nil for the newest state.
    func noRow(_ key: String, at offset: Offset?) -> Problem {
        let moment = offset.map { " at offset \($0)" } ?? ""
        return Problem(
            .notFound, "not-found", "there is no row '\(key.prefix(64))' in collection \(name)\(moment)", field: "key")
    }
}

extension DeclaredApplication {
    /// Returns a collection of the newest version.
    ///
    /// - Throws: `Problem` 404 with the names of the collections.
    func existing(_ name: String) throws(Problem) -> ServedCollection {
        if let collection = collection(name) { return collection }
        throw .noCollection(name, known: version.collectionNames)
    }
}

extension Problem {
    /// The error of a name that is not that of a collection: 404, with the names of the collections.
    static func noCollection(_ name: String, known: [String]) -> Problem {
        let hint =
            known.isEmpty ? "this server has no collections" : "the collections are \(known.joined(separator: ", "))"
        return Problem(
            .notFound, "not-found", "there is no collection '\(name.prefix(64))'; \(hint)", field: "collection")
    }
}
