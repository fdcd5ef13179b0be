internal import Synchronization

/// The clock of a log: the time that events get, and that deadlines are compared with.
///
/// The log's time never goes back and follows the clock of the machine. When the log's time is ahead of the clock,
/// because an event was dated ahead or the clock was set back, it runs at three quarters of normal speed until the clock
/// has caught up:
///
/// ```
/// log's time   ──┐ an event is dated 40 s ahead
///                └┬─── 3/4 of normal speed, for 160 s ───┬── equal to the clock
/// clock        ───┴──────────────────────────────────────┴──
/// ```
///
/// So deadlines are delayed but never stop: an hour takes at most 80 minutes, and the minute that an event can be ahead
/// (`EventLimits.ahead`) is gone after four minutes. At a lower speed the clock would catch up sooner and deadlines would
/// be later; at a higher speed the opposite.
final class LogClock: Sendable {
    /// The log's time and the machine's clock at one moment.
    struct Reading: Sendable {
        let time: Timestamp
        let clock: Timestamp

        /// How far the log's time is ahead of the clock, in microseconds; 0 when it is not ahead.
        var ahead: Int64 { time.rawValue.subtractingReportingOverflow(clock.rawValue).partialValue }
    }

    private struct State {
        /// The log's time at `anchored`; from then on it runs at the lower speed, unless the clock is later.
        var anchor: Timestamp
        /// A value of `uptime`.
        var anchored: Duration
        /// The last reading, and the `uptime` of that moment.
        var last: Reading
        var lastUptime: Duration
    }

    /// The smallest jump that is reported, in microseconds; the usual corrections of a clock are smaller.
    private static let reportedJump = Timestamp.second

    private let state: Mutex<State>
    private let clock: @Sendable () -> Timestamp
    private let uptime: @Sendable () -> Duration
    private let report: @Sendable (String) -> Void

    /// - Parameters:
    ///   - start: the time of the log's last event; the log's time is never earlier.
    ///   - clock: the machine's clock, which may go back.
    ///   - uptime: the time since an arbitrary moment, not affected by setting the clock; it also runs while the machine
    ///     sleeps.
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
            // Within the lock, so that two threads cannot store their readings in the wrong order.
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

    /// Moves the log's time forward to the time of an event that was appended, unless it is there already.
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
        report(
            "an event with the time \(time) put the log's time \(Self.seconds(ahead)) s ahead of the clock; \(Self.consequence)"
        )
    }

    /// The duration until the log's time reaches `time`, if nothing jumps; 0 when `time` has passed.
    func duration(until time: Timestamp) -> Duration {
        let reading = read()
        guard time > reading.time else { return .zero }
        let (left, overflow) = time.rawValue.subtractingReportingOverflow(reading.time.rawValue)
        // At the lower speed throughout, or until the clock reaches `time`, whichever is first.
        let slewed = overflow || left > .max / 2 ? Int64.max : left / 3 * 4 + 4
        let (byClock, isLong) = left.addingReportingOverflow(reading.ahead)
        return .microseconds(isLong || overflow ? slewed : min(slewed, byClock))
    }

    /// The report of a step of the machine's clock; nil for a small step.
    private static func jump(from last: Reading, to reading: Reading, after passed: Int64) -> String? {
        let step = reading.clock.rawValue &- last.clock.rawValue &- passed
        if step <= -reportedJump, reading.ahead - last.ahead >= reportedJump {
            return
                "the clock was set back, and the log's time is now \(seconds(reading.ahead)) s ahead of the clock; \(consequence)"
        }
        guard step >= reportedJump, reading.time.rawValue &- last.time.rawValue &- passed >= reportedJump else {
            return nil
        }
        return "the clock was set forward by \(seconds(step)) s, and so was the log's time, which never goes back"
    }

    /// The effect of a log's time that is ahead of the clock, for reports.
    static let consequence = "the log's time runs at three quarters of normal speed until the clock has caught up"

    private static func seconds(_ microseconds: Int64) -> String {
        "\(microseconds / Timestamp.second).\(microseconds % Timestamp.second / 100_000)"
    }
}

extension Duration {
    /// The whole microseconds; the largest or smallest value when they are out of range.
    fileprivate var wholeMicroseconds: Int64 {
        let (whole, attoseconds) = components
        let (microseconds, overflow) = whole.multipliedReportingOverflow(by: Timestamp.second)
        if overflow { return whole < 0 ? .min : .max }
        return microseconds &+ attoseconds / 1_000_000_000_000
    }
}

extension Timestamp {
    /// The sum; the latest time when the sum is out of range.
    fileprivate func adding(microseconds: Int64) -> Timestamp {
        let (sum, overflow) = rawValue.addingReportingOverflow(microseconds)
        return Timestamp(rawValue: overflow ? .max : sum)
    }
}
