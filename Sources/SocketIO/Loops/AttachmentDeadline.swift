import NIOCore

/// When the attachments that a client has announced must have come.
///
/// One timer at a time serves all packets of a connection. It is not cancelled: when it goes off for a packet
/// that is whole by then, it is set again for the one that is awaited now, if there is one.
struct AttachmentDeadline {
    /// What is to be done when the timer has gone off.
    enum Step: Hashable {
        case nothing
        case setTimer(NIODeadline)
        /// The time is over.
        case expire
    }

    private var due: NIODeadline?
    private var timerRuns = false

    /// Attachments are awaited.
    ///
    /// - Returns: whether a timer has to be set for `due`.
    mutating func arm(until due: NIODeadline) -> Bool {
        self.due = due
        defer { timerRuns = true }
        return !timerRuns
    }

    /// Gives what is awaited another time, if anything is.
    mutating func extend(until due: NIODeadline) {
        if self.due != nil { self.due = due }
    }

    /// The attachments have come.
    mutating func disarm() { due = nil }

    mutating func timerFired(at now: NIODeadline) -> Step {
        timerRuns = false
        guard let due else { return .nothing }
        guard due > now else { return .expire }
        timerRuns = true
        return .setTimer(due)
    }
}
