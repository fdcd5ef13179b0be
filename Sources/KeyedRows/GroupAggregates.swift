import JSON

/// What a group keeps of its rows: their number, and the sums of their fields.
///
/// The group's row has them as bytes beside its values, so that a change of a group finds and replaces both together.
struct GroupAggregates {
    private(set) var count = 0
    /// For each of `GroupPlan.sums`.
    private(set) var sums: [ExactSum]

    init(_ plan: GroupPlan) { sums = Array(repeating: ExactSum(), count: plan.sums.count) }

    /// Those of the row of a group.
    init(_ values: RowValues, _ plan: GroupPlan) {
        (count, sums) = values.withAggregates { bytes in
            var position = MemoryLayout<Int>.size
            return (
                bytes.loadUnaligned(as: Int.self),
                (0..<plan.sums.count).map { _ in ExactSum(bytes, &position) }
            )
        }
    }

    mutating func add(_ row: Row, _ plan: GroupPlan) {
        count += 1
        for (index, field) in plan.sums.enumerated() { row.values.withValue(field) { sums[index].add($0) } }
    }

    /// Takes away a row that was added.
    mutating func subtract(_ row: Row, _ plan: GroupPlan) {
        count -= 1
        for (index, field) in plan.sums.enumerated() { row.values.withValue(field) { sums[index].subtract($0) } }
    }

    /// The row of the group.
    ///
    /// - Parameter extreme: returns a least or greatest value of the group.
    func rowValues(_ plan: GroupPlan, _ extreme: (GroupPlan.Aggregate) -> JSONValue?) -> RowValues {
        let fieldCount = plan.aggregates.count
        return RowDraft.with(fieldCount: fieldCount) { draft in
            for (field, aggregate) in plan.aggregates.enumerated() {
                let value = value(of: aggregate, &draft.arena, extreme)
                draft[field] = value
            }
            draft.commit()
            let bytes = draft.arena.allocate(MemoryLayout<Int>.size + sums.count * ExactSum.maximumByteCount)
            return draft.rowValues(aggregates: write(to: bytes))
        }
    }

    private func value(
        of aggregate: GroupPlan.Aggregate, _ arena: inout ValueArena, _ extreme: (GroupPlan.Aggregate) -> JSONValue?
    ) -> StoredValue {
        switch aggregate {
        case .count: arena.store(ExactDecimal(count))
        case .sum(let index): sums[index].total.map { arena.store($0) } ?? .missing
        case .zero: arena.store(ExactDecimal(0))
        case .nothing: .missing
        case .min, .max: arena.store(extreme(aggregate))
        }
    }

    /// - Returns: the part that was written.
    private func write(to bytes: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer {
        bytes.storeBytes(of: count, as: Int.self)
        var position = MemoryLayout<Int>.size
        for sum in sums { sum.write(to: bytes, at: &position) }
        return UnsafeRawBufferPointer(rebasing: bytes[..<position])
    }
}
