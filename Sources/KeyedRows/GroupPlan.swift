import Crypto
import JSON

/// What a `GroupDefinition` says, in the form in which rows are grouped.
final class GroupPlan: Sendable {
    enum Aggregate: Sendable {
        case count
        /// The index in `sums`.
        case sum(Int)
        /// The index in `extremes`.
        case min(Int), max(Int)
        /// The least value, or the sum, of a field that the grouped rows do not have.
        case nothing, zero
    }

    let layout: RowLayout
    /// The grouped rows' field whose value is the key; nil when they have no such field, so that there are no groups.
    let by: Int?
    /// Which rows are grouped.
    let matcher: RowMatcher
    let aggregates: [Aggregate]
    /// The grouped rows' fields that are summed, and those with a least or greatest value.
    let sums: [Int]
    let extremes: [Int]
    let groups: [GroupPlan]
    /// Identifies what determines the rows of the groups, beside the rows of the collection with `from`.
    let digest: [UInt8]

    /// Whether rows have the number of the grouped rows.
    let hasCount: Bool

    static let digestLength = 16

    /// Whether many events may change the sums of a group before its row is written. Least and greatest values depend on
    /// the other rows of the group at each event, and groups of groups on each change of a group.
    var isFoldedInBatches: Bool { extremes.isEmpty && groups.isEmpty }

    /// - Parameter digest: that of the groups that are grouped again; empty for those of a collection with `from`.
    init(_ definition: GroupDefinition, of rows: RowLayout, digest parent: [UInt8]) {
        layout = RowLayout(
            name: definition.name, fields: definition.fields.map(\.name), indexes: definition.indexes)
        by = rows.position(of: definition.by)
        matcher = RowMatcher(definition.filter, rows)
        var (sums, extremes): ([Int], [Int]) = ([], [])
        aggregates = definition.fields.map { field in
            switch field.aggregate {
            case .count: .count
            case .sum(let name): rows.position(of: name).map { .sum(sums.position(of: $0)) } ?? .zero
            case .min(let name): rows.position(of: name).map { .min(extremes.position(of: $0)) } ?? .nothing
            case .max(let name): rows.position(of: name).map { .max(extremes.position(of: $0)) } ?? .nothing
            }
        }
        (self.sums, self.extremes) = (sums, extremes)
        hasCount = definition.fields.contains { $0.aggregate == .count }
        let text = parent + definition.canonicalDescription.bytes
        let digest = Array(SHA256.hash(data: text).prefix(Self.digestLength))
        self.digest = digest
        let layout = layout
        groups = definition.groups.map { GroupPlan($0, of: layout, digest: digest) }
    }
}

extension [Int] {
    /// The index of a field, which is appended when it is not there.
    fileprivate mutating func position(of field: Int) -> Int {
        if let position = firstIndex(of: field) { return position }
        append(field)
        return count - 1
    }
}
