import EventLog

/// What an import would find in the log, for a dry run: what the log has, and what earlier lines of the file would be.
final class DryRun {
    private let log: EventLog?
    /// Made for the first event with an id.
    private var earlier: IDTable?

    /// - Parameter log: nil when there is none yet.
    init(_ log: EventLog?) { self.log = log }

    /// The event that an import would find under `id`.
    func known(_ id: String) throws -> KnownEvent? {
        if let found = try log.flatMap({ try KnownEvent(id, in: $0) }) { return found }
        guard let sameness = try earlier?[id] else { return nil }
        return KnownEvent(sameness: sameness, place: "earlier in the file")
    }

    /// Notes events that an import would write now.
    func add(_ events: [IDTable.Entry]) throws(Failure) {
        guard !events.isEmpty else { return }
        if earlier == nil { earlier = try IDTable() }
        try earlier?.add(events)
    }
}

/// An event that has an id already.
struct KnownEvent {
    /// See `NewEvent.sameness`; empty for a record that cannot be read, which is the same as no event.
    let sameness: [UInt8]
    /// Where it is, for errors.
    let place: String
}

extension KnownEvent {
    /// The event that `log` has under `id`.
    init?(_ id: String, in log: EventLog) throws(ReadError) {
        guard let offset = try log.offset(ofID: id) else { return nil }
        var sameness: [UInt8] = []
        do throws(ReadError) {
            try log.visit(offset) { sameness = $0.sameness }
        } catch .damaged {
            // The writer takes it for another event, too.
        }
        self.init(sameness: sameness, place: "at offset \(offset)")
    }
}
