import BitacoraServer
import Commands
import JSON
import SocketIO
import Synchronization

/// One socket of the chat: its presence and its draft.
///
/// | the client sends | the present sockets receive |
/// |---|---|
/// | `chat.join` `{user?}` | `chat.present` `{count, sockets}` |
/// | `chat.draft` `{text, user?}` | `chat.draft` `{socket, user?, text}` |
///
/// Both are acknowledged with `{}` or `{error}`. What the present sockets receive is volatile, is in no log, and ends
/// with an object: clients would take a string at the end for the offset of an event.
///
/// A draft replaces the previous one. A draft ends with an empty text, with `message.post`, and when the socket leaves;
/// the present sockets then receive an empty draft. A socket can send drafts without having joined.
///
/// Drafts are sent at most once in `draftInterval` and as often as the room's budget allows. Of the drafts that arrive
/// in between, only the newest is sent.
final class ChatParticipant: SocketParticipant {
    /// The least time between two drafts of a socket.
    static let draftInterval = Duration.milliseconds(33)

    /// A draft as the present sockets receive it.
    private struct OutgoingDraft: Encodable {
        let socket: String
        let user: String?
        let text: String
    }

    private struct State {
        /// Whether the socket has joined, and the name that it joined with.
        var hasJoined = false
        var user: String?
        /// Whether the last draft that was sent had text, so that an empty draft must follow.
        var isDraftVisible = false
        /// The draft to send next.
        var pendingDraft: OutgoingDraft?
        /// When the next draft may be sent, and whether a task waits for that time.
        var nextSend = ContinuousClock.now
        var isTimerRunning = false
        /// Whether the participant is in the room's queue.
        var isQueued = false
        /// The version of the presence list that the socket was sent last.
        var presenceVersion: UInt64 = 0
        /// Events that were received before the socket left may be handled after it has left.
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
        case JoinRequest.name:
            return answer(event) { (data) throws(Refusal) in join(try JoinRequest(data)) }
        case DraftUpdate.name:
            return answer(event) { (data) throws(Refusal) in update(try DraftUpdate(data)) }
        case "message.post":
            state.withLock { endDraft(&$0) }
            return nil
        default:
            return nil
        }
    }

    private func answer(_ event: SocketEvent, _ handle: (JSONValue) throws(Refusal) -> Void) -> Acknowledgement {
        let data: JSONValue
        do throws(Problem) { data = try event.data() } catch { return .failure(error) }
        do throws(Refusal) { try handle(data) } catch { return .failure(error) }
        return .success()
    }

    // MARK: Presence

    private func join(_ request: JoinRequest) {
        state.withLock { state in
            guard !state.hasLeft else { return }
            state.hasJoined = true
            state.user = request.user
            room.add(socket, user: request.user)
        }
    }

    func closed() {
        state.withLock { state in
            state.hasLeft = true
            endDraft(&state)
            room.remove(socket)
        }
    }

    /// Sends the presence list if the socket may have missed a change while it could not be written to.
    func becameWritable() {
        state.withLock { state in
            if state.hasJoined { room.sendPresence(to: socket, since: &state.presenceVersion) }
        }
    }

    // MARK: Drafts

    private func update(_ draft: DraftUpdate) {
        let time = state.withLock { state -> ContinuousClock.Instant? in
            guard !state.hasLeft else { return nil }
            guard !draft.text.isEmpty else {
                endDraft(&state)
                return nil
            }
            state.pendingDraft = OutgoingDraft(socket: socket.id, user: draft.user ?? state.user, text: draft.text)
            return sendOrDelay(&state)
        }
        if let time { startTimer(time) }
    }

    private func startTimer(_ first: ContinuousClock.Instant) {
        Task {
            var next: ContinuousClock.Instant? = first
            while let time = next {
                try? await Task.sleep(until: time)
                next = state.withLock { state -> ContinuousClock.Instant? in
                    state.isTimerRunning = false
                    return sendOrDelay(&state)
                }
            }
        }
    }

    /// Sends the pending draft, unless the last one was sent less than `draftInterval` ago.
    ///
    /// - Returns: when the caller must call this again; nil when no call is needed.
    private func sendOrDelay(_ state: inout State) -> ContinuousClock.Instant? {
        guard state.pendingDraft != nil, !state.isQueued, !state.isTimerRunning else { return nil }
        guard state.nextSend > .now else {
            sendOrQueue(&state)
            return nil
        }
        state.isTimerRunning = true
        return state.nextSend
    }

    /// Drops the pending draft. If a draft is visible to others, an empty draft is sent, unless a later one replaces it first.
    private func endDraft(_ state: inout State) {
        state.pendingDraft = nil
        guard state.isDraftVisible else { return }
        state.pendingDraft = OutgoingDraft(socket: socket.id, user: state.user, text: "")
        if !state.isQueued { sendOrQueue(&state) }
    }

    /// Sends the pending draft now if the room's budget allows it, otherwise when the room calls `sendQueuedDraft`.
    private func sendOrQueue(_ state: inout State) {
        if room.takeBudgetOrQueue(self) { send(&state) } else { state.isQueued = true }
    }

    /// Sends the pending draft. The room calls this when the participant is first in its queue and the budget allows
    /// it.
    func sendQueuedDraft() {
        state.withLock { state in
            state.isQueued = false
            send(&state)
        }
    }

    /// Runs inside the lock, so that drafts are sent in the order of these calls.
    private func send(_ state: inout State) {
        guard let draft = state.pendingDraft else { return }
        state.pendingDraft = nil
        state.isDraftVisible = !draft.text.isEmpty
        state.nextSend = .now + Self.draftInterval
        socket.to(ChatRoom.presentRoom).volatile.emit(DraftUpdate.name, draft)
    }
}

/// What a client is typing and has not posted: the data of `chat.draft`.
///
/// Others see the text while it is typed. A draft is not a command and is never appended to the log.
struct DraftUpdate: Sendable, Equatable {
    /// The name of the Socket.IO event, in both directions.
    static let name = "chat.draft"

    /// The text in the input field, at most as long as a message; empty when the field is empty.
    fileprivate(set) var text = ""
    /// The name that the client chose.
    fileprivate(set) var user: String?

    private static let table = FieldTable<DraftUpdate>([
        Field("text", \.text, .text(0...4_096), isRequired: true),
        Field("user", \.user, .optional(.text(1...64))),
    ])

    /// Reads what a client sent.
    ///
    /// - Throws: what is wrong, with the field.
    init(_ data: JSONValue) throws(Refusal) {
        try Self.table.fill(&self, from: data, of: Self.name)
    }
}

/// The request of a client to be listed as present: the data of `chat.join`.
struct JoinRequest: Sendable, Equatable {
    /// The name of the Socket.IO event.
    static let name = "chat.join"

    /// The name that the client chose; nil for no name.
    fileprivate(set) var user: String?

    private static let table = FieldTable<JoinRequest>([Field("user", \.user, .optional(.text(1...64)))])

    /// Reads what a client sent.
    ///
    /// - Throws: what is wrong, with the field.
    init(_ data: JSONValue) throws(Refusal) {
        try Self.table.fill(&self, from: data, of: Self.name)
    }
}
