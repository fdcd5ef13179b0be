import BitacoraServer
import DequeModule
import SocketIO
import Synchronization

/// The sockets that are present in the chat: those of the namespace `/chat` that sent `chat.join`.
///
/// A client that does not join receives only events and is not listed. The present sockets receive the presence list
/// and the drafts of others (`ChatParticipant`).
///
/// The presence list is sent immediately when a socket joins or leaves, and then at most once a second, in one packet
/// that has all changes since the last one. The packet is volatile: a participant that could not be written to asks for
/// the list when it can be written to again.
///
/// A draft is sent to every present socket, so the number of deliveries grows with the square of the number of
/// participants. `DraftBudget` limits their rate. A participant that may not send its draft immediately is queued, and
/// later sends its newest draft.
final class ChatRoom: Sendable {
    /// The most sockets that the presence list names. `count` counts all.
    static let maximumListed = 100
    /// The least time between two presence lists.
    static let presenceInterval = Duration.seconds(1)
    /// The Socket.IO room of the present sockets.
    static let presentRoom = "present"

    /// The data of `chat.present`.
    struct Presence: Encodable, Equatable {
        static let name = "chat.present"

        struct Person: Encodable, Equatable {
            let socket: String
            let user: String?
        }

        /// The number of present sockets.
        let count: Int
        /// The sockets that joined first.
        let sockets: [Person]
    }

    private struct State {
        /// The present sockets, each with its number in the order of joining.
        var present: [Socket: (number: UInt64, user: String?)] = [:]
        var nextNumber: UInt64 = 0
        /// The presence list that was sent last, and its version: a participant compares the version with its own.
        var presence = Presence(count: 0, sockets: [])
        var version: UInt64 = 0
        var isPresenceScheduled = false
        var nextPresence = ContinuousClock.now
        var budget = DraftBudget(at: .now)
        /// The participants that wait to send a draft, each once.
        var queue: Deque<ChatParticipant> = []
        /// Whether a task works on the queue.
        var isQueueRunning = false

        /// Removes participants from the front of the queue, as many as the budget allows.
        ///
        /// - Returns: those participants, and when to call this again; nil when the queue is empty.
        mutating func dequeue(
            at now: ContinuousClock.Instant
        ) -> (participants: [ChatParticipant], next: ContinuousClock.Instant?) {
            var participants: [ChatParticipant] = []
            while let participant = queue.first, budget.take(present.count, at: now) {
                queue.removeFirst()
                participants.append(participant)
            }
            isQueueRunning = !queue.isEmpty
            return (participants, isQueueRunning ? max(budget.nextSend, now + ChatParticipant.draftInterval) : nil)
        }
    }

    private let state = Mutex(State())

    // MARK: Presence

    /// Adds a socket, or changes the name of a present one.
    func add(_ socket: Socket, user: String?) {
        socket.join(Self.presentRoom)
        state.withLock { state in
            let number = state.present[socket]?.number ?? state.nextNumber
            if number == state.nextNumber { state.nextNumber += 1 }
            state.present[socket] = (number, user)
        }
        schedulePresence()
    }

    /// Removes a socket; does nothing when the socket is not present.
    func remove(_ socket: Socket) {
        guard state.withLock({ $0.present.removeValue(forKey: socket) }) != nil else { return }
        schedulePresence()
    }

    /// Sends the presence list to one socket, unless the socket already has this version.
    ///
    /// The packet is not volatile: a client that is just now changing its transport would miss the list, and would not
    /// be sent it a second time.
    ///
    /// - Parameter version: the version that the socket was sent last; set to the version that is sent now.
    func sendPresence(to socket: Socket, since version: inout UInt64) {
        let (current, presence) = state.withLock { ($0.version, $0.presence) }
        guard version != current else { return }
        version = current
        socket.emit(Presence.name, presence)
    }

    private func schedulePresence() {
        let time = state.withLock { state -> ContinuousClock.Instant? in
            guard !state.isPresenceScheduled else { return nil }
            state.isPresenceScheduled = true
            return state.nextPresence
        }
        guard let time else { return }
        Task {
            try? await Task.sleep(until: time)
            sendPresenceToAll()
        }
    }

    private func sendPresenceToAll() {
        let present = state.withLock { state in
            state.isPresenceScheduled = false
            state.nextPresence = .now + Self.presenceInterval
            return state.present
        }
        // Sorting thousands of sockets takes milliseconds, so it is done outside of the lock.
        let first = present.sorted { $0.value.number < $1.value.number }.prefix(Self.maximumListed)
        let presence = Presence(
            count: present.count, sockets: first.map { Presence.Person(socket: $0.key.id, user: $0.value.user) })
        state.withLock { state in
            state.presence = presence
            state.version += 1
        }
        present.first?.key.namespace.to(Self.presentRoom).volatile.emit(Presence.name, presence)
    }

    // MARK: Drafts

    /// Takes the budget for one draft of a participant, or queues the participant.
    ///
    /// A queued participant does not call this again before the room has called its `sendQueuedDraft`.
    ///
    /// - Returns: whether the participant may send its draft now.
    func takeBudgetOrQueue(_ participant: ChatParticipant) -> Bool {
        let (isAllowed, time) = state.withLock { state -> (Bool, ContinuousClock.Instant?) in
            if state.queue.isEmpty, state.budget.take(state.present.count, at: .now) { return (true, nil) }
            state.queue.append(participant)
            guard !state.isQueueRunning else { return (false, nil) }
            state.isQueueRunning = true
            return (false, state.budget.nextSend)
        }
        if let time { runQueue(from: time) }
        return isAllowed
    }

    private func runQueue(from first: ContinuousClock.Instant) {
        Task {
            var next: ContinuousClock.Instant? = first
            while let time = next {
                try? await Task.sleep(until: time)
                let (participants, later) = state.withLock { $0.dequeue(at: .now) }
                // Outside of the room's lock: a participant calls the room while it holds its own lock.
                for participant in participants { participant.sendQueuedDraft() }
                next = later
            }
        }
    }
}

/// A token bucket that limits how many drafts the chat sends. A token is one delivery of a draft to one socket.
///
/// A draft may be sent while the level is above 0. The draft takes one token for each socket, and the level may become
/// negative. So drafts are sent in a chat of any size, and the long-term rate is never exceeded.
struct DraftBudget {
    typealias Instant = ContinuousClock.Instant

    /// Tokens added each second: this many deliveries cost some hundredths of a core.
    static let perSecond = 30_000
    /// The most tokens that the bucket holds.
    static let maximum = 1_000

    private var level = Double(Self.maximum)
    /// The time of `level`.
    private var time: Instant

    init(at now: Instant) { time = now }

    /// Takes the tokens of a draft; returns false and takes none when the bucket is empty.
    mutating func take(_ deliveries: Int, at now: Instant) -> Bool {
        let seconds = (now - time) / Duration.seconds(1)
        level = min(level + seconds * Double(Self.perSecond), Double(Self.maximum))
        time = now
        guard level > 0 else { return false }
        level -= Double(max(1, deliveries))
        return true
    }

    /// When the next draft may be sent.
    var nextSend: Instant {
        level > 0 ? time : time + .seconds((1 - level) / Double(Self.perSecond))
    }
}
