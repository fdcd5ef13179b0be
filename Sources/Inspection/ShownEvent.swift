package import EventLog

/// An event with what only the log knows of it.
package struct ShownEvent: Sendable {
    package let event: Event
    package let digest: Digest
    /// Of the whole record, in bytes.
    package let size: Int
    /// The event as it is printed everywhere.
    package let json: [UInt8]

    /// Nil when `log` has no event at `offset`.
    ///
    /// - Throws: `.damaged` when what is there is none.
    package init?(at offset: Offset, in log: EventLog) throws(ReadError) {
        var found: (Event, Digest, Int, [UInt8])?
        try log.visit(offset) { found = (Event($0), $0.digest, $0.record.byteCount, $0.json) }
        guard let found else { return nil }
        (event, digest, size, json) = found
    }

    /// The events before and after it in its topic.
    ///
    /// - Parameter damage: gets what lies between and is no event.
    package func neighbours(in log: EventLog, _ damage: Damage) throws -> (previous: Offset?, next: Offset?) {
        guard let topic = TopicPattern(event.topic) else { return (nil, nil) }
        let reader = LogReader(log, EventSelection(filter: EventFilter(topics: [topic])), damage: damage)
        var previous: Offset?
        try reader.visitBackward(end: event.offset.previous) { offset in
            previous = offset
            return false
        }
        var next: Offset?
        var reached = event.offset
        let head = log.head
        while next == nil, reached < head {
            reached = try reader.scan(after: reached, through: head) { view in
                next = view.offset
                return false
            }
        }
        return (previous, next)
    }
}
