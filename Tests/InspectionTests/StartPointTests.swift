import EventLog
import Testing

@testable import Inspection

@Suite("start points and moments")
struct StartPointTests {
    @Test(
        "every form is read",
        arguments: [
            ("start", .start), ("live", .live), ("0", .offset(0)), ("17", .offset(17)),
            ("18446744073709551615", .offset(.end)),
            ("-1", .last(1)), ("-0", .last(0)), ("-100000", .last(100_000)),
            ("00000000000000ff:3", .position(Position(log: LogID(rawValue: 255), offset: 3))),
        ] as [(String, StartPoint)])
    func reading(text: String, start: StartPoint) {
        #expect(StartPoint(text) == start)
    }

    @Test(
        "any other text is refused",
        arguments: [
            "", "-", "--1", "-+1", "-100001", "-99999999999999999999", "+1", " 1", "1 ", "1.0", "0x1", "Start", "LIVE",
            "18446744073709551616",
            "ff:3", "00000000000000ff:", ":3", "00000000000000ff:3:4", "00000000000000ff:-1", "00000000000000fg:1",
        ])
    func refusing(text: String) {
        #expect(StartPoint(text) == nil)
    }

    @Test(
        "the id of another server's stream is read as an unrecognized id",
        arguments: [
            ("urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", .unrecognizedID), ("x", .unrecognizedID),
            ("-100001", .unrecognizedID),
            (" ", .unrecognizedID),
            ("17", .offset(17)), ("00000000000000ff:3", .position(Position(log: LogID(rawValue: 255), offset: 3))),
        ] as [(String, StartPoint)])
    func lastEventID(text: String, start: StartPoint) {
        #expect(StartPoint(lastEventID: text) == start)
    }

    @Test("an error quotes the value and lists the forms; the command line has no limit for -N")
    func errors() throws {
        let error = #expect(throws: InvalidParameter.self) { try StartPoint(after: "soon") }
        #expect(error?.field == "after")
        #expect(
            error?.message
                == "'soon' is not a position; write an offset, logid:offset, start, live or -N (N up to 100000)")
        #expect(try StartPoint(after: "-100001", maximumLast: .max) == .last(100_001))
        let option = #expect(throws: InvalidParameter.self) {
            try StartPoint(after: "", field: "--after", maximumLast: .max)
        }
        #expect(option?.description == "--after '' is not a position; write an offset, logid:offset, start, live or -N")
    }

    @Test("after and since: one of them, or neither")
    func both() throws {
        let now = Timestamp(microseconds: 1_800_000_000_000_000)
        #expect(try StartPoint(after: nil, since: nil, now: now) == .start)
        #expect(try StartPoint(after: "live", since: nil, now: now) == .live)
        #expect(
            try StartPoint(after: nil, since: "1h", now: now)
                == .since(Timestamp(microseconds: now.rawValue - 3_600_000_000)))
        let error = #expect(throws: InvalidParameter.self) { try StartPoint(after: "1", since: "1h", now: now) }
        #expect(error?.field == "since")
    }

    @Test("a moment is an offset, a time or an age")
    func moments() throws {
        let now = try #require(Timestamp("2026-01-02T12:00:00Z"))
        #expect(try LogMoment("17", field: "at", now: now) == .offset(17))
        #expect(try LogMoment("2h", field: "at", now: now) == .time(#require(Timestamp("2026-01-02T10:00:00Z"))))
        #expect(try LogMoment("2026-01-02", field: "at", now: now) == .time(#require(Timestamp("2026-01-02"))))
        for text in ["", "soon", "-1x", "1.5h", "live"] {
            let error = #expect(throws: InvalidParameter.self) { try LogMoment(text, field: "at", now: now) }
            #expect(
                error?.message.hasPrefix("'\(text)' is neither an offset nor a time; write an offset such as 17")
                    == true)
        }
    }

    @Test(
        "a space stands for the + of a time zone, and only there",
        arguments: [
            ("2026-01-02T03:04:05 01:00", "2026-01-02T02:04:05Z"),
            ("2026-01-02 03:04:05 01:00", "2026-01-02T02:04:05Z"),
            ("2026-01-02T03:04 01:30", "2026-01-02T01:34:00Z"),
            ("2026-01-02 03:04:05.5 00:30", "2026-01-02T02:34:05.5Z"),
            ("2026-01-02T03:04:05+01:00", "2026-01-02T02:04:05Z"),
            ("2026-01-02T03:04:05-01:00", "2026-01-02T04:04:05Z"),
            ("2026-01-02 01:00", nil), ("2026-01-02T03:04:05 1:00", nil), ("2026-01-02T03:04:05 0100", nil),
            ("2026-01-02T03:04:05  01:00", nil), ("2026-01-02T03:04:05Z 01:00", nil), ("1767225600 01:00", nil),
        ] as [(String, String?)])
    func zones(text: String, expected: String?) {
        #expect(LogTime(text, now: .now())?.time == expected.flatMap(Timestamp.init))
    }
}
