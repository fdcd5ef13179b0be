import EventLog

/// The events that an import would find in the log, for a dry run: those of the log, and those of earlier lines of the file.
final class DryRun {
    private let log: EventLog?
    /// The events of earlier lines; created for the first event with an id.
    private var earlier: IDTable?

    /// - Parameter log: nil when there is no log yet.
    init(_ log: EventLog?) { self.log = log }

    /// The event that an import would find under `id`; nil when there is none.
    func known(_ id: String) throws -> KnownEvent? {
        if let found = try log.flatMap({ try KnownEvent(id, in: $0) }) { return found }
        guard let contentDigest = try earlier?[id] else { return nil }
        return KnownEvent(contentDigest: contentDigest, place: "earlier in the file")
    }

    /// Records events that the import would write now.
    func add(_ events: [IDTable.Entry]) throws(Failure) {
        guard !events.isEmpty else { return }
        if earlier == nil { earlier = try IDTable() }
        try earlier?.add(events)
    }
}

/// An event that already has a certain id.
struct KnownEvent {
    /// See `NewEvent.contentDigest`; empty for a record that cannot be read, which therefore equals no event.
    let contentDigest: [UInt8]
    /// Where the event is, for errors.
    let place: String
}

extension KnownEvent {
    /// The event that `log` has under `id`; nil when there is none.
    init?(_ id: String, in log: EventLog) throws(ReadError) {
        guard let offset = try log.offset(ofID: id) else { return nil }
        var contentDigest: [UInt8] = []
        do throws(ReadError) {
            try log.visit(offset) { contentDigest = $0.contentDigest }
        } catch .damaged {
            // The writer also treats a damaged record as another event.
        }
        self.init(contentDigest: contentDigest, place: "at offset \(offset)")
    }
}
