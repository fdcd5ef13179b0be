internal import Synchronization

/// The time of a log: what events are dated with, and what deadlines are held against.
///
/// It never goes back, and follows the clock of the machine. When it is ahead of that clock, because an event was dated
/// ahead or the clock was set back, it runs at three quarters of the speed until the clock has caught up:
///
/// ```
/// log's time   ──┐ an event is dated 40 s ahead
///                └┬─── 3/4 of the speed, for 160 s ───┬── the clock's again
/// clock        ───┴───────────────────────────────────┴──
/// ```
///
/// So nothing stands still: what lasts an hour lasts at most 80 minutes meanwhile, and the minute that an event may be
/// ahead (`EventLimits.ahead`) is gone after four. A slower time would be right sooner and hold up deadlines for
/// longer, a faster one the other way round.
final class LogClock: Sendable {
    /// The time of the log and that of the machine, at one moment.
    struct Reading: Sendable {
        let time: Timestamp
        let clock: Timestamp

        /// How far the log's time is ahead, in microseconds; 0 when it is not.
        var ahead: Int64 { time.rawValue.subtractingReportingOverflow(clock.rawValue).partialValue }
    }

    private struct State {
        /// The log's time at `anchored`, from which it runs at the slower speed unless the clock is later.
        var anchor: Timestamp
        /// On the scale of `uptime`.
        var anchored: Duration
        /// What was read last, and when.
        var last: Reading
        var lastUptime: Duration
    }

    /// A jump is reported from this on, in microseconds; clocks that are corrected a little jump less.
    private static let reportedJump = Timestamp.second

    private let state: Mutex<State>
    private let clock: @Sendable () -> Timestamp
    private let uptime: @Sendable () -> Duration
    private let report: @Sendable (String) -> Void

    /// - Parameters:
    ///   - start: the log's time is not before this, which is the time of its last event.
    ///   - clock: the machine's, which may go back.
    ///   - uptime: how much time passes, whatever the clock is set to; counts also while the machine sleeps.
    ///   - report: gets a sentence for each jump.
    init(
        start: Timestamp, clock: @escaping @Sendable () -> Timestamp, uptime: @escaping @Sendable () -> Duration,
        report: @escaping @Sendable (String) -> Void
    ) {
        let (now, passed) = (clock(), uptime())
        let time = max(start, now)
        state = Mutex(State(anchor: time, anchored: passed, last: Reading(time: time, clock: now), lastUptime: passed))
        self.clock = clock
        self.uptime = uptime
        self.report = report
    }

    /// The time now; never before an earlier reading.
    func read() -> Reading {
        let (reading, jump) = state.withLock { state -> (Reading, String?) in
            // Within the lock: of two readings the later must not be the earlier one's.
            let (now, passed) = (clock(), uptime())
            let slewed = state.anchor.adding(microseconds: (passed - state.anchored).wholeMicroseconds / 4 * 3)
            let reading = Reading(time: max(now, slewed), clock: now)
            if now >= slewed { (state.anchor, state.anchored) = (now, passed) }
            let jump = Self.jump(from: state.last, to: reading, after: (passed - state.lastUptime).wholeMicroseconds)
            (state.last, state.lastUptime) = (reading, passed)
            return (reading, jump)
        }
        if let jump { report(jump) }
        return reading
    }

    /// Takes note of the time of an event that is in the log now.
    func advance(to time: Timestamp) {
        guard state.withLock({ time > $0.last.time }) else { return }
        let reading = read()
        let jump = time.rawValue.subtractingReportingOverflow(reading.time.rawValue).partialValue
        guard jump > 0 else { return }
        let ahead = state.withLock { state -> Int64 in
            state.last = Reading(time: max(state.last.time, time), clock: state.last.clock)
            (state.anchor, state.anchored) = (state.last.time, state.lastUptime)
            return state.last.ahead
        }
        guard jump >= Self.reportedJump else { return }
        report("an event of \(time) put the log's time \(Self.seconds(ahead)) s ahead of the clock: \(Self.consequence)")
    }

    /// How long it takes until the log's time is `time`, if nothing jumps; 0 when that is over.
    func duration(until time: Timestamp) -> Duration {
        let reading = read()
        guard time > reading.time else { return .zero }
        let (left, overflow) = time.rawValue.subtractingReportingOverflow(reading.time.rawValue)
        // At the slower speed throughout, or until the clock, at its own, is there first.
        let slewed = overflow || left > .max / 2 ? Int64.max : left / 3 * 4 + 4
        let (byClock, isLong) = left.addingReportingOverflow(reading.ahead)
        return .microseconds(isLong || overflow ? slewed : min(slewed, byClock))
    }

    /// What to say of a step of the machine's clock, or nil.
    private static func jump(from last: Reading, to reading: Reading, after passed: Int64) -> String? {
        let step = reading.clock.rawValue &- last.clock.rawValue &- passed
        if step <= -reportedJump, reading.ahead - last.ahead >= reportedJump {
            return "the clock was set back: the log's time is \(seconds(reading.ahead)) s ahead of it now, and \(consequence)"
        }
        guard step >= reportedJump, reading.time.rawValue &- last.time.rawValue &- passed >= reportedJump else { return nil }
        return "the clock was set forward by \(seconds(step)) s, and the log's time with it: it does not go back when the clock does"
    }

    /// What an operator should know of a time that is ahead.
    static let consequence = "it runs at three quarters of the speed until the clock has caught up"

    private static func seconds(_ microseconds: Int64) -> String {
        "\(microseconds / Timestamp.second).\(microseconds % Timestamp.second / 100_000)"
    }
}

extension Duration {
    /// Without what is less; the largest or smallest there is when that is out of range.
    fileprivate var wholeMicroseconds: Int64 {
        let (whole, attoseconds) = components
        let (microseconds, overflow) = whole.multipliedReportingOverflow(by: Timestamp.second)
        if overflow { return whole < 0 ? .min : .max }
        return microseconds &+ attoseconds / 1_000_000_000_000
    }
}

extension Timestamp {
    /// The latest there is when that is out of range.
    fileprivate func adding(microseconds: Int64) -> Timestamp {
        let (sum, overflow) = rawValue.addingReportingOverflow(microseconds)
        return Timestamp(rawValue: overflow ? .max : sum)
    }
}
