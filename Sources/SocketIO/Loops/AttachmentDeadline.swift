import NIOCore

/// The time by which the attachments that a client has announced must have come.
///
/// One timer serves all packets of a connection. It is never cancelled: if its packet is complete when it fires, it is
/// set again for the packet whose attachments are awaited then, if there is one.
struct AttachmentDeadline {
    /// What to do after the timer has fired.
    enum Step: Hashable {
        case nothing
        case setTimer(NIODeadline)
        /// The attachments have not come in time.
        case expire
    }

    private var due: NIODeadline?
    private var timerRuns = false

    /// Sets the deadline for the attachments of a packet.
    ///
    /// - Returns: whether a timer has to be set for `due`.
    mutating func arm(until due: NIODeadline) -> Bool {
        self.due = due
        defer { timerRuns = true }
        return !timerRuns
    }

    /// Replaces the deadline, if one is set.
    mutating func extend(until due: NIODeadline) {
        if self.due != nil { self.due = due }
    }

    /// Removes the deadline: the attachments have come.
    mutating func disarm() { due = nil }

    mutating func timerFired(at now: NIODeadline) -> Step {
        timerRuns = false
        guard let due else { return .nothing }
        guard due > now else { return .expire }
        timerRuns = true
        return .setTimer(due)
    }
}
