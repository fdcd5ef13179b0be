package import EventLog

/// An event with its digest, its size and its JSON text.
package struct ShownEvent: Sendable {
    /// The event.
    package let event: Event
    /// The digest of the event's record.
    package let digest: Digest
    /// The size of the whole record, in bytes.
    package let size: Int
    /// The event as JSON, as all interfaces show it.
    package let json: [UInt8]

    /// The event at an offset; nil when the log has no event there.
    ///
    /// - Throws: `.damaged` when the event at the offset is damaged.
    package init?(at offset: Offset, in log: EventLog) throws(ReadError) {
        var found: (Event, Digest, Int, [UInt8])?
        try log.visit(offset) { found = (Event($0), $0.digest, $0.record.byteCount, $0.json) }
        guard let found else { return nil }
        (event, digest, size, json) = found
    }

    /// The offsets of the previous and the next event of the topic; nil when there is none.
    ///
    /// - Parameters:
    ///   - log: the log of the event.
    ///   - damage: gets the damaged events that were skipped.
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
