import DequeModule
import NIOCore

/// The clients of an event loop that have not joined a namespace yet.
///
/// All of them have the same timeout, so they expire in the order in which they came, and one timer serves all.
struct ConnectDeadlines {
    private var order: Deque<(client: ObjectIdentifier, deadline: NIODeadline)> = []
    private var waiting: [ObjectIdentifier: (client: ClientConnection, deadline: NIODeadline)] = [:]

    /// - Returns: whether a timer has to be set, because none is running.
    mutating func add(_ client: ClientConnection, until deadline: NIODeadline) -> Bool {
        waiting[ObjectIdentifier(client)] = (client, deadline)
        order.append((ObjectIdentifier(client), deadline))
        return order.count == 1
    }

    mutating func remove(_ client: ClientConnection) {
        guard !waiting.isEmpty else { return }
        waiting[ObjectIdentifier(client)] = nil
    }

    /// Removes the clients whose deadline has passed.
    ///
    /// - Returns: these clients, and the deadline to set the timer for, if clients are left.
    mutating func expire(at now: NIODeadline) -> (expired: [ClientConnection], next: NIODeadline?) {
        var expired: [ClientConnection] = []
        while let first = order.first, first.deadline <= now {
            order.removeFirst()
            // A new client may have the identifier of a client that is gone.
            guard let entry = waiting[first.client], entry.deadline == first.deadline else { continue }
            waiting[first.client] = nil
            expired.append(entry.client)
        }
        return (expired, order.first?.deadline)
    }
}

/// The deadline for the attachments that a client has announced.
///
/// One timer serves all packets of a connection. It is never cancelled: when it fires and another packet is
/// waiting for attachments by then, it is set for that packet's deadline.
struct AttachmentDeadline {
    /// What to do after the timer has fired.
    enum Step: Hashable {
        case nothing
        case setTimer(NIODeadline)
        /// The attachments have not come in time.
        case expire
    }

    private var deadline: NIODeadline?
    private var timerIsRunning = false

    /// Sets the deadline for the attachments of a packet.
    ///
    /// - Returns: whether a timer has to be set for `deadline`.
    mutating func arm(until deadline: NIODeadline) -> Bool {
        self.deadline = deadline
        defer { timerIsRunning = true }
        return !timerIsRunning
    }

    /// Replaces the deadline, if one is set.
    mutating func extend(until deadline: NIODeadline) {
        if self.deadline != nil { self.deadline = deadline }
    }

    /// Removes the deadline: all attachments have come.
    mutating func disarm() { deadline = nil }

    mutating func timerFired(at now: NIODeadline) -> Step {
        timerIsRunning = false
        guard let deadline else { return .nothing }
        guard deadline > now else { return .expire }
        timerIsRunning = true
        return .setTimer(deadline)
    }
}
