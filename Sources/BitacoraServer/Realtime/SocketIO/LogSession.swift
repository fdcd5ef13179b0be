import EventLog
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
