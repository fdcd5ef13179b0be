import Base64
import Crypto
import EventLog
import Glibc
import Inspection

/// How a client's session in a namespace begins or goes on.
struct LogSession: Equatable {
    let id: String
    /// What the client sends back to go on later; nil where there is no recovery.
    var pid: String?
    var isRecovered = false
    let start: StartPoint
    /// What it is told first, where it must forget what it had: before it has the new `pid`, so that
    /// what it sends back with that is always of the new session.
    var resetReason: Reset.Reason?
}

/// Decides about sessions. There is no table of them: what a client sends back tells all.
struct LogSessions {
    let log: EventLog
    let key: RecoveryKey
    /// Whether clients are given what they need to resume a session.
    let recovers: Bool

    /// A client that comes back with its `pid` goes on behind the last
    /// position it received or, if it received none, where its session began.
    ///
    /// - Parameter id: the socket's id, should the session be a new one.
    func session(_ asked: SocketSubscription, _ namespace: LogNamespace, id: String) -> LogSession {
        guard recovers, asked.wantsRecovery else { return LogSession(id: id, start: asked.start) }
        let scope = RecoveryToken.Scope(log: log.id, namespace: namespace.name, filter: asked.filter)
        let had = asked.offset.flatMap(Position.init)
        if let pid = asked.pid, let token = RecoveryToken(pid, key: key, scope),
            let start = resumption(token, asked, had)
        {
            return LogSession(id: token.sid, pid: pid, isRecovered: true, start: start)
        }
        let token = RecoveryToken(sid: id, start: pinned(asked.start, had))
        return LogSession(
            id: id, pid: token.signed(with: key, scope), start: token.start.map(StartPoint.offset) ?? asked.start,
            resetReason: asked.offset == nil ? nil : fault(had) ?? .otherSession)
    }

    /// Where the session of a token goes on; nil when that cannot be said for certain.
    private func resumption(_ token: RecoveryToken, _ asked: SocketSubscription, _ had: Position?) -> StartPoint? {
        guard asked.offset != nil else { return token.start.map(StartPoint.offset) ?? asked.start }
        guard let had, fault(had) == nil else { return nil }
        return .offset(max(had.offset, known(asked.start) ?? .start))
    }

    /// What a client says it has in plain words: a page that was rendered anew has more than it received.
    private func known(_ start: StartPoint) -> Offset? {
        switch start {
        case .offset(let offset) where offset <= log.head: offset
        case .position(let position) where fault(position) == nil: position.offset
        default: nil
        }
    }

    /// `live` means another place each time it is asked; the other words mean
    /// the same, or are meant to be asked anew by who has received nothing.
    /// For a client that was cut off it is the place from then, though its session is lost.
    private func pinned(_ start: StartPoint, _ had: Position?) -> Offset? {
        guard start == .live else { return nil }
        return had.flatMap { fault($0) == nil ? $0.offset : nil } ?? log.head
    }

    /// Why a position that a client had is none of this log's.
    private func fault(_ had: Position?) -> Reset.Reason? {
        guard let had, had.log == log.id else { return .otherLog }
        if had.offset > log.head { return .ahead }
        return had.offset < log.first.previous ? .gone : nil
    }
}

/// What a client needs to take its session up again, as the `pid` of Socket.IO:
/// signed, so that the server need not remember any session.
///
/// ```
///  0        1          2     2+n     10+n                     26+n
///  ├ format ┼ length n ┼ sid ┼ start ┼ HMAC-SHA-256, 16 bytes ┤   base64url
/// ```
/// The offset is 8 bytes, little endian; all ones stand for none.
/// The signature also covers the log's id, the namespace and the filter: a
/// client that comes with another of these has not what the token speaks of.
struct RecoveryToken: Equatable {
    /// The longest text that is looked at, in bytes.
    static let maximumBytes = 256
    private static let format: UInt8 = 1
    private static let tagBytes = 16

    /// The session's name, which the client keeps.
    let sid: String
    /// The event after which the session began, where the client's own words
    /// do not tell it again: for who is cut off before it received anything.
    let start: Offset?

    /// What the token is bound to beside its contents.
    struct Scope {
        let log: LogID
        let namespace: String
        let filter: EventFilter

        fileprivate var bytes: [UInt8] {
            let topics = filter.topics.map(\.description).sorted()
            let texts =
                ["\(log)", namespace, "\(topics.count)", "\(filter.types.count)"] + topics + filter.types.sorted()
            return texts.flatMap { Array($0.utf8) + [0] }
        }
    }

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

    /// Takes the same time wherever they differ.
    private static func isEqual(_ left: [UInt8], _ right: ArraySlice<UInt8>) -> Bool {
        left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// The secret that recovery tokens are signed with; kept beside the log, so
/// that a client resumes its session after a restart of the server.
struct RecoveryKey: Sendable {
    static let fileName = "recovery.key"
    private static let byteCount = 32

    let key: SymmetricKey

    /// Reads the key of a log's directory, or makes one that only the owner can read.
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
                "\(path) should hold \(Self.byteCount) bytes; remove it and a new one is made: clients then get their history anew"
            )
        }
        key = SymmetricKey(data: bytes.prefix(count))
    }

    private static func exists(_ path: String) throws(ServerError) -> Bool {
        if access(path, F_OK) == 0 { return true }
        guard errno == ENOENT else { throw failure("read", path) }
        return false
    }

    /// Whole or not at all: a server killed while it writes leaves a file of another name.
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
