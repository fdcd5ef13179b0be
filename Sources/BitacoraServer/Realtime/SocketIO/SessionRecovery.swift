import Base64
import Crypto
import EventLog
import Glibc
import Inspection

/// A client's session in a namespace: a new one, or the earlier one that is resumed.
struct SocketSession: Equatable {
    /// The id of the socket.
    let id: String
    /// The token that the client sends when it reconnects; nil without recovery.
    var pid: String?
    /// Whether an earlier session is resumed.
    var isRecovered = false
    /// Where the delivery begins.
    let start: StartPoint
    /// Why the client must first discard the events it has; nil when it keeps them. The reset is sent before the new
    /// `pid`, so that a position that the client sends with this `pid` always belongs to the new session.
    var resetReason: Reset.Reason?
}

/// What a client that connects says about its session.
struct SessionRequest {
    /// Where the delivery begins if the session is new.
    let start: StartPoint
    let wantsRecovery: Bool
    let pid: String?
    /// The `offset` of an earlier session: usually the position of the client's last event.
    let offset: String?

    /// Reads `recovery`, `pid` and `offset`.
    init(_ parameters: SocketParameters, from start: StartPoint) throws(InvalidParameter) {
        self.start = start
        wantsRecovery = try parameters.flag("recovery") ?? true
        pid = try parameters.text("pid")
        offset = try parameters.text("offset")
    }
}

/// Decides whether a client that connects resumes its earlier session, and where the delivery begins.
///
/// The server stores no sessions: the signed token that the client sends has all that is needed.
struct SessionRecovery {
    let log: EventLog
    let key: RecoveryKey
    /// Whether clients get tokens to resume their sessions.
    let recovers: Bool

    /// The session of a client that connects.
    ///
    /// A client that reconnects with its `pid` resumes after the last position that it received or, if it received
    /// none, where its session began.
    ///
    /// - Parameter id: the id of the socket if the session is new.
    func session(_ subscription: SocketSubscription, _ namespace: LogNamespace, id: String) -> SocketSession {
        session(
            subscription.session,
            RecoveryToken.Scope(log: log.id, namespace: namespace.name, filter: subscription.filter), id: id)
    }

    /// The session of a client that connects.
    ///
    /// - Parameters:
    ///   - subscription: what the client asks for and sends of an earlier session.
    ///   - scope: what the session delivers.
    ///   - id: the id of the socket if the session is new.
    func session(_ subscription: SessionRequest, _ scope: RecoveryToken.Scope, id: String) -> SocketSession {
        guard recovers, subscription.wantsRecovery else { return SocketSession(id: id, start: subscription.start) }
        let received = subscription.offset.flatMap(Position.init)
        if let pid = subscription.pid, let token = RecoveryToken(pid, key: key, scope),
            let start = resumption(token, subscription, received)
        {
            return SocketSession(id: token.sid, pid: pid, isRecovered: true, start: start)
        }
        let token = RecoveryToken(sid: id, start: pinned(subscription.start, received))
        return SocketSession(
            id: id, pid: token.signed(with: key, scope),
            start: token.start.map(StartPoint.offset) ?? subscription.start,
            resetReason: subscription.offset == nil ? nil : fault(received) ?? .otherSession)
    }

    /// Where the session of a token resumes; nil when this cannot be determined.
    private func resumption(
        _ token: RecoveryToken, _ subscription: SessionRequest, _ received: Position?
    ) -> StartPoint? {
        guard subscription.offset != nil else { return token.start.map(StartPoint.offset) ?? subscription.start }
        guard let received, fault(received) == nil else { return nil }
        return .offset(max(received.offset, known(subscription.start) ?? .start))
    }

    /// The offset that the client names in `after`; nil when it names none of this log. A page that was rendered again
    /// has more events than its socket received.
    private func known(_ start: StartPoint) -> Offset? {
        switch start {
        case .offset(let offset) where offset <= log.head: offset
        case .position(let position) where fault(position) == nil: position.offset
        default: nil
        }
    }

    /// The offset of the start `live`, to be kept in the token: later, `live` would mean another offset. Nil for other
    /// starts, which the client sends again.
    ///
    /// For a client that reconnects and whose session is lost it is the last position that the client received.
    private func pinned(_ start: StartPoint, _ received: Position?) -> Offset? {
        guard start == .live else { return nil }
        return received.flatMap { fault($0) == nil ? $0.offset : nil } ?? log.head
    }

    /// Why the delivery cannot continue after a position that a client received; nil when it can.
    private func fault(_ received: Position?) -> Reset.Reason? {
        guard let received, received.log == log.id else { return .otherLog }
        if received.offset > log.head { return .ahead }
        return received.offset < log.first.previous ? .gone : nil
    }
}

/// The token with which a client resumes its session, sent as the `pid` of Socket.IO.
///
/// The token is signed, so the server does not store sessions.
///
/// ```
///  0        1          2     2+n     10+n                     26+n
///  ├ format ┼ length n ┼ sid ┼ start ┼ HMAC-SHA-256, 16 bytes ┤   base64url
/// ```
/// The start is an offset, 8 bytes, little endian; all ones mean that there is none. The signature also covers the
/// log's id, the namespace and the filter or query: with another of these the client has other events than the session
/// delivered.
struct RecoveryToken: Equatable {
    /// The maximum length of a token, in bytes of text.
    static let maximumBytes = 256
    private static let format: UInt8 = 1
    private static let tagBytes = 16

    /// The id of the session's socket, which the client keeps.
    let sid: String
    /// The offset after which the session began, for a client that disconnects before it received an event; nil when
    /// the client sends the same start again.
    let start: Offset?

    /// What the signature covers in addition to the contents of the token.
    struct Scope {
        fileprivate let bytes: [UInt8]

        /// The events of a namespace that a filter lets through.
        init(log: LogID, namespace: String, filter: EventFilter) {
            let topics = filter.topics.map(\.description).sorted()
            bytes = Self.bytes(
                ["\(log)", namespace, "\(topics.count)", "\(filter.types.count)"] + topics + filter.types.sorted())
        }

        /// The rows of a namespace that a query selects.
        init(log: LogID, namespace: String, query: RowQueryID) {
            bytes = Self.bytes(["\(log)", namespace, "rows"]) + query.bytes
        }

        private static func bytes(_ texts: [String]) -> [UInt8] { texts.flatMap { Array($0.utf8) + [0] } }
    }

    /// The text of the token.
    func signed(with key: RecoveryKey, _ scope: Scope) -> String {
        var bytes = [Self.format, UInt8(clamping: sid.utf8.count)] + Array(sid.utf8)
        withUnsafeBytes(of: (start ?? .end).rawValue.littleEndian) { bytes += $0 }
        return Base64.encoded(bytes + Self.tag(bytes, key, scope), .url)
    }

    private static func tag(_ bytes: [UInt8], _ key: RecoveryKey, _ scope: Scope) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes + scope.bytes, using: key.key).prefix(tagBytes))
    }
}

extension RecoveryToken {
    /// - Returns: nil unless `text` was signed with this key for this scope.
    init?(_ text: String, key: RecoveryKey, _ scope: Scope) {
        guard text.utf8.count <= Self.maximumBytes, let all = Base64.decoded(text, .url) else { return nil }
        let bytes = all.dropLast(Self.tagBytes)
        guard all.count > 2 + 8 + Self.tagBytes, bytes[0] == Self.format, bytes.count == 2 + Int(bytes[1]) + 8 else {
            return nil
        }
        guard Self.isEqual(Self.tag(Array(bytes), key, scope), all.suffix(Self.tagBytes)) else { return nil }
        sid = String(decoding: bytes.dropFirst(2).prefix(Int(bytes[1])), as: UTF8.self)
        start = Self.offset(bytes.suffix(8))
    }

    private static func offset(_ bytes: ArraySlice<UInt8>) -> Offset? {
        let offset = Offset(bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) })
        return offset == .end ? nil : offset
    }

    /// Compares in constant time, so that the time does not reveal the signature to an attacker.
    private static func isEqual(_ left: [UInt8], _ right: ArraySlice<UInt8>) -> Bool {
        left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// The secret key that signs recovery tokens. It is stored in the log's directory, so that clients resume their
/// sessions after a restart of the server.
struct RecoveryKey: Sendable {
    static let fileName = "recovery.key"
    private static let byteCount = 32

    let key: SymmetricKey

    /// Reads the key in a log's directory, or creates one that only the owner of the file can read.
    ///
    /// - Throws: ``ServerError`` when the file cannot be read or written, or is not 32 bytes.
    init(directory: String) throws(ServerError) {
        let path = directory + "/" + Self.fileName
        if try !Self.exists(path) { try Self.make(path) }
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Self.failure("read", path) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: Self.byteCount + 1)
        let count = read(file, &bytes, bytes.count)
        guard count >= 0 else { throw Self.failure("read", path) }
        guard count == Self.byteCount else {
            throw ServerError(
                "\(path) must have exactly \(Self.byteCount) bytes; remove the file to create a new key, after which clients receive their whole history again"
            )
        }
        key = SymmetricKey(data: bytes.prefix(count))
    }

    private static func exists(_ path: String) throws(ServerError) -> Bool {
        if access(path, F_OK) == 0 { return true }
        guard errno == ENOENT else { throw failure("read", path) }
        return false
    }

    /// Writes a draft and renames it: a server that is killed while it writes leaves only the draft.
    private static func make(_ path: String) throws(ServerError) {
        let draft = "\(path).\(getpid())"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("written", draft) }
        defer { close(file) }
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0, rename(draft, path) == 0 else {
            throw failure("written", draft)
        }
    }

    private static func failure(_ action: String, _ path: String) -> ServerError {
        ServerError("\(path) cannot be \(action): \(String(cString: strerror(errno)))")
    }
}
