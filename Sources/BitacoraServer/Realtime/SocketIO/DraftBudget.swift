/// How much of what is being written the chat is sent: a bucket of deliveries, one for each draft and socket.
///
/// It fills evenly. A draft may be sent as long as there is anything in it; what the draft takes beyond that is owed.
/// So a chat of any size is sent some, and in the long run no more than the rate.
struct DraftBudget {
    typealias Instant = ContinuousClock.Instant

    /// Deliveries in a second: some hundredths of a core.
    static let perSecond = 30_000
    /// The most that is in it.
    static let maximum = 1_000

    private var level = Double(Self.maximum)
    /// When that was so.
    private var time: Instant

    init(at now: Instant) { time = now }

    /// Takes what a draft needs, if there is anything.
    mutating func take(_ deliveries: Int, at now: Instant) -> Bool {
        let seconds = (now - time) / Duration.seconds(1)
        level = min(level + seconds * Double(Self.perSecond), Double(Self.maximum))
        time = now
        guard level > 0 else { return false }
        level -= Double(max(1, deliveries))
        return true
    }

    /// From when on there is something in it.
    var nextTurn: Instant {
        level > 0 ? time : time + .seconds((1 - level) / Double(Self.perSecond))
    }
}
