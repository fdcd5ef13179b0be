import DequeModule
import NIOCore

/// The clients of a loop that have not joined a namespace yet.
///
/// All have the same time for it, so they are due in the order in which they came, and one timer serves
/// them all.
struct ConnectDeadlines {
    private var due: Deque<(client: ObjectIdentifier, deadline: NIODeadline)> = []
    private var waiting: [ObjectIdentifier: (client: ClientConnection, deadline: NIODeadline)] = [:]

    /// - Returns: whether no timer runs yet.
    mutating func add(_ client: ClientConnection, until deadline: NIODeadline) -> Bool {
        waiting[ObjectIdentifier(client)] = (client, deadline)
        due.append((ObjectIdentifier(client), deadline))
        return due.count == 1
    }

    mutating func remove(_ client: ClientConnection) {
        guard !waiting.isEmpty else { return }
        waiting[ObjectIdentifier(client)] = nil
    }

    /// The clients whose time is over, and when the timer has to run next.
    mutating func expire(at now: NIODeadline) -> (expired: [ClientConnection], next: NIODeadline?) {
        var expired: [ClientConnection] = []
        while let first = due.first, first.deadline <= now {
            due.removeFirst()
            // Another client may have got the identifier of one that has gone.
            guard let entry = waiting[first.client], entry.deadline == first.deadline else { continue }
            waiting[first.client] = nil
            expired.append(entry.client)
        }
        return (expired, due.first?.deadline)
    }
}

extension Shard {
    /// Closes the client unless it has joined a namespace, or is about to, when `connectTimeout` is over.
    func expectConnect(of client: ClientConnection) {
        let deadline = NIODeadline.now() + TimeAmount(options.connectTimeout)
        if deadlines.add(client, until: deadline) { expireConnects(at: deadline) }
    }

    private func expireConnects(at deadline: NIODeadline) {
        loop.scheduleTask(deadline: deadline) { [weak self] in
            guard let self else { return }
            let (expired, next) = deadlines.expire(at: .now())
            for client in expired { client.connectIsOverdue() }
            if let next { expireConnects(at: next) }
        }
    }
}

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
