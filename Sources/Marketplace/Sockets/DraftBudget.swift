import BitacoraServer

/// A token bucket that limits how many drafts the chat sends. A token is one delivery of a draft to one socket.
///
/// A draft may be sent while there is at least a part of a token; it takes one token for each socket, and the level may
/// become negative. So drafts are sent in a chat of any size, and the long-term rate is never exceeded.
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

    /// Takes the tokens of a draft; false, and takes none, when the bucket is empty.
    mutating func take(_ deliveries: Int, at now: Instant) -> Bool {
        let seconds = (now - time) / Duration.seconds(1)
        level = min(level + seconds * Double(Self.perSecond), Double(Self.maximum))
        time = now
        guard level > 0 else { return false }
        level -= Double(max(1, deliveries))
        return true
    }

    /// When the next draft may be sent.
    var nextTurn: Instant {
        level > 0 ? time : time + .seconds((1 - level) / Double(Self.perSecond))
    }
}
