package import EventLog

/// Folds events into a collection and those grouped from it.
///
/// Events of other topics and types cost a comparison of bytes. An event that leaves a row with the same values is no change.
package struct CollectionProjection: Projection {
    package typealias State = CollectionSet

    package let definition: CollectionDefinition
    /// The name of the collection and 12 hexadecimal digits of the hash of what determines the fold: `orders@1f2e…`.
    package let name: String
    private let plan: CollectionPlan

    package init(_ definition: CollectionDefinition) {
        self.definition = definition
        name = definition.identity
        plan = CollectionPlan(definition)
    }

    /// The projection of the collection alone, for the verification of snapshots.
    ///
    /// It has the same name and reads the same snapshots. Snapshots also have the history of the groups that were defined
    /// when they were stored; it cannot be compared with a fold by the present definition.
    package var withoutGroups: CollectionProjection {
        var definition = definition
        definition.groups = []
        return CollectionProjection(definition)
    }

    package var initial: CollectionSet { CollectionSet(plan, startedAfter: .start) }

    package func initial(afterTrimmed offset: Offset) -> CollectionSet? { CollectionSet(plan, startedAfter: offset) }

    package func apply(_ event: borrowing EventView, to state: inout CollectionSet) {
        guard let type = plan.type(of: event) else { return }
        state.apply(type, event)
    }

    package func beginFold(into state: inout CollectionSet) { state.beginFold() }

    package func endFold(into state: inout CollectionSet) { state.endFold() }

    package func encode(_ state: CollectionSet) -> [UInt8] {
        var writer = SnapshotWriter()
        writer.write(state)
        return writer.bytes
    }

    /// - Throws: `SnapshotFault` when the bytes are not a snapshot of this collection.
    package func decode(_ bytes: [UInt8]) throws -> CollectionSet {
        try bytes.withUnsafeBytes { bytes in
            var reader = SnapshotReader(bytes)
            return try reader.readSet(plan)
        }
    }
}
