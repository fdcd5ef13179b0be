import BitacoraServer
import Commands
import JSON
import SocketIO
import Synchronization

/// One socket's part in the chat beside commands: that it is there, and what it is writing.
///
/// | client says | others present are sent |
/// |---|---|
/// | `chat.join` `{user?}` | `chat.present` `{count, sockets}` |
/// | `chat.draft` `{text, user?}` | `chat.draft` `{socket, user?, text}` |
///
/// Both are answered `{}` or `{error}`. What others are sent is volatile, is in no log, and ends in an object:
/// clients would take a bare string at the end for the offset of an event. A draft takes the place of the one
/// before. It is over with an empty text, with `message.post` and when the socket leaves; others are sent an empty
/// one then. Who writes need not have joined.
///
/// Drafts are sent at most as often as `pause` and the room's budget allow; of those that come meanwhile, only the newest.
final class ChatParticipant: SocketParticipant {
    /// How long after a draft the next one is sent on. Of those that come sooner the newest is kept, and sent then.
    static let pause = Duration.milliseconds(33)

    /// What others are sent.
    private struct Mirrored: Encodable {
        let socket: String
        let user: String?
        let text: String
    }

    private struct State {
        /// Whether it has joined, and as whom.
        var isPresent = false
        var user: String?
        /// Whether others have been sent something that is not over.
        var isShown = false
        /// The draft to send next.
        var waiting: Mirrored?
        /// When the next draft may be sent, and whether a task waits for that.
        var nextTurn = ContinuousClock.now
        var isTimed = false
        /// Whether it waits for a turn from the room.
        var isQueued = false
        /// What it was told of those present last.
        var version: UInt64 = 0
        /// Events that were received before the end may be handled after it.
        var hasLeft = false
    }

    private let room: ChatRoom
    private let socket: Socket
    private let state = Mutex(State())

    init(_ socket: Socket, in room: ChatRoom) {
        self.room = room
        self.socket = socket
    }

    func receive(_ event: SocketEvent) -> Acknowledgement? {
        switch event.name {
        case Attendance.name:
            return answer(event) { (data) throws(Refusal) in join(try Attendance(data)) }
        case Draft.name:
            return answer(event) { (data) throws(Refusal) in write(try Draft(data)) }
        case "message.post":
            state.withLock { erase(&$0) }
            return nil
        default:
            return nil
        }
    }

    private func answer(_ event: SocketEvent, _ act: (JSONValue) throws(Refusal) -> Void) -> Acknowledgement {
        let data: JSONValue
        do throws(Problem) { data = try event.data() } catch { return .failure(error) }
        do throws(Refusal) { try act(data) } catch { return .failure(error) }
        return .success()
    }

    // MARK: Being there

    private func join(_ attendance: Attendance) {
        state.withLock { state in
            guard !state.hasLeft else { return }
            state.isPresent = true
            state.user = attendance.user
            room.enter(socket, user: attendance.user)
        }
    }

    func closed() {
        state.withLock { state in
            state.hasLeft = true
            erase(&state)
            room.leave(socket)
        }
    }

    /// The client takes more again, and may have missed who is there.
    func becameWritable() {
        state.withLock { state in
            if state.isPresent { room.tell(socket, since: &state.version) }
        }
    }

    // MARK: Writing

    private func write(_ draft: Draft) {
        let turn = state.withLock { state -> ContinuousClock.Instant? in
            guard !state.hasLeft else { return nil }
            guard !draft.text.isEmpty else {
                erase(&state)
                return nil
            }
            state.waiting = Mirrored(socket: socket.id, user: draft.user ?? state.user, text: draft.text)
            return sendInTime(&state)
        }
        if let turn { send(from: turn) }
    }

    private func send(from first: ContinuousClock.Instant) {
        Task {
            var turn: ContinuousClock.Instant? = first
            while let time = turn {
                try? await Task.sleep(until: time)
                turn = state.withLock { state -> ContinuousClock.Instant? in
                    state.isTimed = false
                    return sendInTime(&state)
                }
            }
        }
    }

    /// Sends the waiting draft, unless it is too soon.
    ///
    /// - Returns: when the caller must try again; nil when it need not.
    private func sendInTime(_ state: inout State) -> ContinuousClock.Instant? {
        guard state.waiting != nil, !state.isQueued, !state.isTimed else { return nil }
        guard state.nextTurn > .now else {
            show(&state)
            return nil
        }
        state.isTimed = true
        return state.nextTurn
    }

    /// Ends the draft: others are sent an empty one before any later draft of this socket, and a waiting draft is dropped.
    private func erase(_ state: inout State) {
        state.waiting = nil
        guard state.isShown else { return }
        state.waiting = Mirrored(socket: socket.id, user: state.user, text: "")
        if !state.isQueued { show(&state) }
    }

    /// Sends the waiting draft now, or when the room gives the seat a turn.
    private func show(_ state: inout State) {
        if room.mayShow(self) { send(&state) } else { state.isQueued = true }
    }

    /// Sends the waiting draft: called by the room.
    func takeTurn() {
        state.withLock { state in
            state.isQueued = false
            send(&state)
        }
    }

    /// From inside the lock, so that drafts leave in the order of their turns.
    private func send(_ state: inout State) {
        guard let mirrored = state.waiting else { return }
        state.waiting = nil
        state.isShown = !mirrored.text.isEmpty
        state.nextTurn = .now + Self.pause
        socket.to(ChatRoom.audience).volatile.emit(Draft.name, mirrored)
    }
}
