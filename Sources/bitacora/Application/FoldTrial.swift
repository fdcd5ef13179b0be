import JSON
import EventLog
import Inspection
import KeyedRows

/// Folds a log into collections that no server has served yet, and counts the events that their operations would skip.
struct FoldTrial {
    /// What the events of a log are for one operation.
    struct Operation {
        let collection: String
        let type: String
        /// The name of the operation in `app.json`.
        let name: String
        /// The events that the operation uses.
        var used = 0
        /// The events that the operation skips, because they lack a value or have one of the wrong type.
        var skipped = 0
        /// The first event that the operation skips.
        var firstSkipped: Offset?
    }

    /// One collection, and the operations of each type.
    private struct Collection {
        let projection: CollectionProjection
        var state: CollectionSet
        var operations: [ExactText: [Operation]]

        init(_ definition: CollectionDefinition, afterTrimmed trimmed: Offset) {
            projection = CollectionProjection(definition)
            let afterTrimmed = trimmed > .start ? projection.initial(afterTrimmed: trimmed) : nil
            state = afterTrimmed ?? projection.initial
            operations = Dictionary(
                uniqueKeysWithValues: definition.operations.map { type, operations in
                    (type, operations.map { Operation(collection: definition.name, type: type.text, name: $0.name) })
                })
        }

        mutating func apply(_ event: borrowing EventView) {
            projection.apply(event, to: &state)
            let type = event.typeText
            guard let index = operations.index(forKey: ExactText(type)),
                projection.definition.from.matches(event.topicText)
            else {
                return
            }
            for number in operations.values[index].indices {
                let operation = operations.values[index][number]
                let skipped = state.skipped["\(type) \(operation.name)"] ?? 0
                if skipped > operation.skipped {
                    operations.values[index][number].skipped = skipped
                    if operation.firstSkipped == nil {
                        operations.values[index][number].firstSkipped = event.offset
                    }
                } else {
                    operations.values[index][number].used += 1
                }
            }
        }
    }

    /// The first and the last event that were folded.
    let first: Offset
    let head: Offset
    /// The number of events that were folded.
    private(set) var events = 0
    private var collections: [Collection]

    /// Folds the events that the log has now. A server may write further ones meanwhile.
    ///
    /// - Parameters:
    ///   - reader: a reader of all events, which reports damaged ones.
    ///   - progress: gets the last offset folded.
    init(
        _ definitions: [CollectionDefinition], of reader: LogReader, progress: (Offset) -> Void
    ) throws(ReadError) {
        let log = reader.log
        (first, head) = (log.first, log.head)
        collections = definitions.map { Collection($0, afterTrimmed: log.first.previous) }
        var reached = first.previous
        while reached < head {
            reached = try reader.scan(after: reached, through: head) { view in
                events += 1
                for index in collections.indices { collections[index].apply(view) }
                return true
            }
            progress(reached)
        }
    }

    /// The operations, by collection, in the order of the definition, and by type.
    var operations: [Operation] {
        collections.flatMap { collection in
            collection.operations.sorted { $0.key < $1.key }.flatMap(\.value)
        }
    }

    /// The number of times that an operation skipped an event.
    var skipped: Int { operations.reduce(0) { $0 + $1.skipped } }
}
