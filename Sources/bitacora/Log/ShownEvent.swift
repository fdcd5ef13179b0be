import EventLog

/// An event with what only the log knows of it.
struct ShownEvent {
    let event: Event
    let digest: Digest
    /// The event as it is printed everywhere.
    let json: [UInt8]

    /// Nil when `log` has no event at `offset`.
    init?(at offset: Offset, in log: EventLog) throws(ReadError) {
        guard offset > .start else { return nil }
        var found: (Event, Digest, [UInt8])?
        _ = try log.scan(after: offset.previous, through: offset) { view in
            if view.offset == offset { found = (Event(view), view.digest, view.json) }
            return false
        }
        guard let found else { return nil }
        (event, digest, json) = found
    }

    /// The events before and after it in its topic.
    func neighbours(in log: EventLog) throws -> (previous: Offset?, next: Offset?) {
        guard let topic = TopicPattern(event.topic) else { return (nil, nil) }
        let filter = EventFilter(topics: [topic])
        var previous: Offset?
        try log.visitBackward(end: event.offset.previous, filter: filter) { offset in
            previous = offset
            return false
        }
        return (previous, try log.read(after: event.offset, filter: filter, limit: 1).events.first?.offset)
    }
}
