import Synchronization
import TestSupport
import Testing

@testable import EventLog

@Suite("The log's time") struct LogClockTests {
    /// A machine whose clock can be set.
    private final class Machine: Sendable {
        private let state = Mutex<(clock: Int64, uptime: Int64)>((1_000_000_000_000, 0))
        private let lines = Mutex<[String]>([])

        var clock: Timestamp { Timestamp(microseconds: state.withLock { $0.clock }) }
        var uptime: Duration { .microseconds(state.withLock { $0.uptime }) }
        var reports: [String] { lines.withLock { $0 } }

        func pass(_ microseconds: Int64) {
            state.withLock {
                $0.clock += microseconds
                $0.uptime += microseconds
            }
        }

        func setClock(by microseconds: Int64) { state.withLock { $0.clock += microseconds } }

        func report(_ line: String) { lines.withLock { $0.append(line) } }

        func logClock(startingAhead microseconds: Int64 = 0) -> LogClock {
            LogClock(
                start: Timestamp(microseconds: clock.rawValue + microseconds), clock: { self.clock },
                uptime: { self.uptime },
                report: { self.report($0) })
        }

        func configure(_ options: inout EventLog.Options) {
            options.clock = { self.clock }
            options.uptime = { self.uptime }
            options.report = { self.report($0) }
        }
    }

    private static let second: Int64 = 1_000_000
    private static let twoDays = 172_800 * second

    @Test("equals the clock while nothing is ahead of it, and a small correction is not reported")
    func follows() {
        let machine = Machine()
        let clock = machine.logClock()
        for correction in [0, -Self.second / 2, Self.second / 2, -Self.second / 5] {
            machine.pass(4 * Self.second)
            machine.setClock(by: correction)
            _ = clock.read()
        }
        machine.pass(10 * Self.second)
        let reading = clock.read()
        #expect(reading.time == machine.clock && reading.ahead == 0 && reading.clock == machine.clock)
        #expect(machine.reports.isEmpty)
    }

    @Test("after an event dated 40 s ahead it runs at three quarters of normal speed until the clock has caught up")
    func eventAhead() {
        let machine = Machine()
        let clock = machine.logClock()
        let ahead = Timestamp(microseconds: machine.clock.rawValue + 40 * Self.second)
        clock.advance(to: ahead)
        #expect(clock.read().time == ahead && clock.read().ahead == 40 * Self.second)
        for _ in 0..<20 {
            machine.pass(Self.second)
            _ = clock.read()
        }
        #expect(
            clock.read().time.rawValue == ahead.rawValue + 15 * Self.second && clock.read().ahead == 35 * Self.second)
        // An earlier time changes nothing.
        clock.advance(to: ahead)
        machine.pass(139 * Self.second)
        #expect(clock.read().ahead == Self.second / 4)
        machine.pass(Self.second)
        #expect(clock.read().ahead == 0 && clock.read().time == machine.clock)
        machine.pass(7 * Self.second)
        #expect(clock.read().time == machine.clock)
        #expect(
            machine.reports == [
                "an event with the time 1970-01-12T13:47:20.000000Z put the log's time 40.0 s ahead of the clock; the log's time runs at three quarters of normal speed until the clock has caught up"
            ])
    }

    @Test("a clock set two days ahead and back is reported both times, and time continues")
    func setAndBack() {
        let machine = Machine()
        let clock = machine.logClock()
        machine.setClock(by: Self.twoDays)
        #expect(clock.read().time == machine.clock)
        machine.pass(Self.second)
        machine.setClock(by: -Self.twoDays)
        let before = clock.read()
        #expect(before.ahead == Self.twoDays - Self.second / 4)
        machine.pass(3600 * Self.second)
        #expect(clock.read().time.rawValue == before.time.rawValue + 2700 * Self.second)
        machine.pass(4 * Self.twoDays)
        #expect(clock.read().ahead == 0)
        #expect(
            machine.reports == [
                "the clock was set forward by 172800.0 s, and so was the log's time, which never goes back",
                "the clock was set back, and the log's time is now 172799.7 s ahead of the clock; the log's time runs at three quarters of normal speed until the clock has caught up",
            ])
    }

    @Test("after an opening it continues from the last event", arguments: [-5, 0, 8] as [Int64])
    func opening(seconds: Int64) {
        let machine = Machine()
        let clock = machine.logClock(startingAhead: seconds * Self.second)
        #expect(clock.read().ahead == max(seconds, 0) * Self.second)
        machine.pass(4 * Self.second)
        #expect(clock.read().ahead == max(seconds - 1, 0) * Self.second)
        #expect(machine.reports.isEmpty)
    }

    @Test(
        "a deadline comes when `duration(until:)` says",
        arguments: [
            (0, 10, 10), (0, -1, 0), (40, 3, 4), (40, 120, 160), (40, 300, 340), (40, 0, 0),
        ] as [(Int64, Int64, Int64)])
    func duration(ahead: Int64, left: Int64, expected: Int64) {
        let machine = Machine()
        let clock = machine.logClock(startingAhead: ahead * Self.second)
        let deadline = Timestamp(microseconds: clock.read().time.rawValue + left * Self.second)
        let duration = clock.duration(until: deadline)
        let microseconds =
            duration.components.seconds * Self.second + duration.components.attoseconds / 1_000_000_000_000
        // At the lower speed the duration is rounded up.
        #expect((expected * Self.second...expected * Self.second + 4).contains(microseconds))
        machine.pass(microseconds)
        #expect(clock.read().time >= deadline)
        #expect(clock.duration(until: deadline) == .zero)
    }

    @Test("no deadline is too far away")
    func farDeadline() {
        let clock = Machine().logClock(startingAhead: 1)
        #expect(clock.duration(until: Timestamp(microseconds: .max)) > .seconds(1_000_000_000_000))
        #expect(clock.duration(until: Timestamp(microseconds: .min)) == .zero)
    }

    @Test(
        "it never goes back and is never behind the clock, whatever happens to the clock",
        arguments: SeededGenerator.seeds)
    func monotone(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let machine = Machine()
        let clock = machine.logClock()
        var last = clock.read().time
        for _ in 0..<5000 {
            switch random.number(0...9) {
            case 0: machine.setClock(by: Int64(random.number(0...200_000_000)) - 100_000_000)
            case 1:
                clock.advance(
                    to: Timestamp(microseconds: machine.clock.rawValue + Int64(random.number(0...60_000_000))))
            default: machine.pass(Int64(random.number(0...3_000_000)))
            }
            let reading = clock.read()
            #expect(reading.time >= last && reading.time >= machine.clock)
            last = reading.time
        }
    }

    @Test("events get the log's time, and the log says how far that is ahead")
    func dates() async throws {
        let machine = Machine()
        try await withLog(machine.configure) { log in
            let began = machine.clock.rawValue
            var event = sample()
            event.time = Timestamp(microseconds: began + 40 * Self.second)
            try await log.append([event, sample()])
            #expect(log.timeAhead == .seconds(40))
            machine.pass(20 * Self.second)
            #expect(log.now.rawValue == began + 55 * Self.second && log.timeAhead == .seconds(35))
            #expect(try log.statistics().timeAhead == .seconds(35))
            try await log.append(sample())
            machine.pass(200 * Self.second)
            try await log.append(sample())
            #expect(
                try log.read().events.map { $0.time.rawValue - began } == [40, 40, 55, 220].map { $0 * Self.second })
            #expect(log.timeAhead == .zero && machine.reports.count == 1)
            // The limit is counted from the clock, so the log's time is never further ahead than the limit.
            event.time = Timestamp(microseconds: machine.clock.rawValue + 60 * Self.second)
            try await log.append(event)
            event.time = Timestamp(microseconds: machine.clock.rawValue + 60 * Self.second + 1)
            let error = await #expect(throws: AppendError.self) { try await log.append(event) }
            #expect(error?.field == "time")
        }
    }
}
