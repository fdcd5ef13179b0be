package import EventLog

/// The part of a log that someone asks about.
package struct EventRange {
    /// The last offset before it.
    package var after = Offset.start
    /// The last offset that may be in it.
    package var end = Offset.end
    /// The time at which it ends; events to come may be beyond it.
    package var until: Timestamp?

    package init(after: Offset = .start, end: Offset = .end, until: Timestamp? = nil) {
        (self.after, self.end, self.until) = (after, end, until)
    }
}
