import BitacoraServer
import DequeModule
import SocketIO
import Synchronization

/// Who is present in the chat: the sockets of namespace `/chat` that said `chat.join`.
///
/// A client that only wants the history says nothing, gets nothing but events, and is not listed. All others are
/// told who is there, and see what is being written (`ChatParticipant`).
///
/// They are told at once when somebody comes or goes, and then once a second at the most: however many come and go
/// meanwhile, that is one packet for all. It is volatile: who cannot be written to is told later, by its seat.
///
/// A draft is sent to everybody present, so the number of deliveries grows with the square of the crowd: `DraftBudget`
/// limits their rate. A seat that may not send its draft at once gets a turn later, in the order in which the seats asked,
/// and then sends its newest draft.
final class ChatRoom: Sendable {
    /// How many are named. The rest is counted.
    static let maximumListed = 100
    /// How long after they were told they are told again.
    static let pause = Duration.seconds(1)
    /// The room that they are in, in Socket.IO's sense.
    static let audience = "present"

    /// What they are told, as `chat.present`.
    struct Presence: Encodable, Equatable {
        static let name = "chat.present"

        struct Person: Encodable, Equatable {
            let socket: String
            let user: String?
        }

        /// How many are there.
        let count: Int
        /// Those who came first.
        let sockets: [Person]
    }

    private struct State {
        /// By socket, with the place in the order in which they came.
        var present: [Socket: (place: UInt64, user: String?)] = [:]
        var nextPlace: UInt64 = 0
        /// What they were told last, and how often they were told: so a seat knows whether it may have missed something.
        var told = Presence(count: 0, sockets: [])
        var version: UInt64 = 0
        var isTelling = false
        var nextTelling = ContinuousClock.now
        var budget = DraftBudget(at: .now)
        /// The seats that wait to send a draft, each once.
        var queue: Deque<ChatParticipant> = []
        /// Whether a task gives them their turns.
        var isServing = false

        /// Removes the seats whose turn it is, as many as the budget allows.
        ///
        /// - Returns: those seats, and when the next turn is due; nil when no seat waits.
        mutating func takeTurns(
            at now: ContinuousClock.Instant
        ) -> (seats: [ChatParticipant], next: ContinuousClock.Instant?) {
            var seats: [ChatParticipant] = []
            while let seat = queue.first, budget.take(present.count, at: now) {
                queue.removeFirst()
                seats.append(seat)
            }
            isServing = !queue.isEmpty
            return (seats, isServing ? max(budget.nextTurn, now + ChatParticipant.pause) : nil)
        }
    }

    private let state = Mutex(State())

    /// Takes a socket in, or gives one that is in another name.
    func enter(_ socket: Socket, user: String?) {
        socket.join(Self.audience)
        state.withLock { state in
            let place = state.present[socket]?.place ?? state.nextPlace
            if place == state.nextPlace { state.nextPlace += 1 }
            state.present[socket] = (place, user)
        }
        tellSoon()
    }

    /// Lets a socket go; nothing happens when it was not in.
    func leave(_ socket: Socket) {
        guard state.withLock({ $0.present.removeValue(forKey: socket) }) != nil else { return }
        tellSoon()
    }

    /// Tells a socket alone who is there, unless that is what it was told last. This is not volatile: a client that
    /// could be written to a moment ago may be about to move to another transport, and nobody would tell it again.
    ///
    /// - Parameter version: what it was told last; becomes what it is told now.
    func tell(_ socket: Socket, since version: inout UInt64) {
        let (current, told) = state.withLock { ($0.version, $0.told) }
        guard version != current else { return }
        version = current
        socket.emit(Presence.name, told)
    }

    /// Whether a seat may send its draft at once. If not, its `takeTurn()` is called later.
    ///
    /// A seat that waits for its turn does not ask again.
    func mayShow(_ seat: ChatParticipant) -> Bool {
        let (may, turn) = state.withLock { state -> (Bool, ContinuousClock.Instant?) in
            if state.queue.isEmpty, state.budget.take(state.present.count, at: .now) { return (true, nil) }
            state.queue.append(seat)
            guard !state.isServing else { return (false, nil) }
            state.isServing = true
            return (false, state.budget.nextTurn)
        }
        if let turn { serve(from: turn) }
        return may
    }

    private func serve(from first: ContinuousClock.Instant) {
        Task {
            var turn: ContinuousClock.Instant? = first
            while let time = turn {
                try? await Task.sleep(until: time)
                let (seats, next) = state.withLock { $0.takeTurns(at: .now) }
                // Outside the room's lock: a seat calls the room while it holds its own lock.
                for seat in seats { seat.takeTurn() }
                turn = next
            }
        }
    }

    private func tellSoon() {
        let time = state.withLock { state -> ContinuousClock.Instant? in
            guard !state.isTelling else { return nil }
            state.isTelling = true
            return state.nextTelling
        }
        guard let time else { return }
        Task {
            try? await Task.sleep(until: time)
            tellAll()
        }
    }

    private func tellAll() {
        let present = state.withLock { state in
            state.isTelling = false
            state.nextTelling = .now + Self.pause
            return state.present
        }
        // Outside of the lock: of a crowd it takes some milliseconds.
        let first = present.sorted { $0.value.place < $1.value.place }.prefix(Self.maximumListed)
        let told = Presence(
            count: present.count, sockets: first.map { Presence.Person(socket: $0.key.id, user: $0.value.user) })
        state.withLock { state in
            state.told = told
            state.version += 1
        }
        present.first?.key.namespace.to(Self.audience).volatile.emit(Presence.name, told)
    }
}
