import EventLog
import TestSupport
import Testing

@Suite("Timestamp") struct TimestampTests {
    @Test(
        "is written and read as RFC 3339 with microseconds",
        arguments: [
            ("1970-01-01T00:00:00.000000Z", 0),
            ("1970-01-01T00:00:00.000001Z", 1),
            ("1969-12-31T23:59:59.999999Z", -1),
            ("2026-01-02T03:04:05.678901Z", 1_767_323_045_678_901),
            ("2000-02-29T12:00:00.000000Z", 951_825_600_000_000),
            ("2024-02-29T23:59:59.999999Z", 1_709_251_199_999_999),
            ("2100-02-28T00:00:00.000000Z", 4_107_456_000_000_000),
            ("2100-03-01T00:00:00.000000Z", 4_107_542_400_000_000),
            ("1900-02-28T00:00:00.000000Z", -2_203_977_600_000_000),
            ("0000-01-01T00:00:00.000000Z", -62_167_219_200_000_000),
            ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
        ] as [(String, Int64)])
    func table(text: String, microseconds: Int64) {
        #expect(Timestamp(microseconds: microseconds).description == text)
        #expect(Timestamp(text)?.rawValue == microseconds)
    }

    @Test(
        "is read in the other forms people write",
        arguments: [
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000Z"),
            ("2026-01-02t03:04:05z", "2026-01-02T03:04:05.000000Z"),
            ("2026-01-02 03:04:05.5Z", "2026-01-02T03:04:05.500000Z"),
            ("2026-01-02T03:04Z", "2026-01-02T03:04:00.000000Z"),
            ("2026-01-02T03:04:05.1234567Z", "2026-01-02T03:04:05.123456Z"),
            ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05.000000Z"),
            ("2026-01-02T00:04:05+02:30", "2026-01-01T21:34:05.000000Z"),
            ("2026-01-02T23:04:05-05:00", "2026-01-03T04:04:05.000000Z"),
            ("2026-01-02", "2026-01-02T00:00:00.000000Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"),
            ("2015-06-30T23:59:60.25Z", "2015-07-01T00:00:00.250000Z"),
            ("1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00.000000Z"),
            ("2017-01-01T05:29:60+05:30", "2017-01-01T00:00:00.000000Z"),
            ("1767323045", "2026-01-02T03:04:05.000000Z"),
            ("-1", "1969-12-31T23:59:59.000000Z"),
        ])
    func otherForms(text: String, meaning: String) {
        #expect(Timestamp(text)?.description == meaning)
    }

    @Test(
        "a text that is not a time is nil",
        arguments: [
            "", "now", "2026", "2026-1-2", "2026-13-01", "2026-00-01", "2026-01-00", "2026-01-32", "2026-02-29",
            "2100-02-29", "2025-04-31",
            "2026-01-02T", "2026-01-02T24:00:00Z", "2026-01-02T03:60:00Z", "2026-01-02T03:04:61Z",
            "2026-01-02T03:04:05", "2026-01-02T03:04:05.Z",
            "2026-01-02T03:04:60Z", "2016-12-31T23:58:60Z", "2016-12-31T22:59:60Z", "2016-12-30T23:59:60Z",
            "2016-03-31T23:59:60Z",
            "2016-12-31T23:59:60+01:00", "2016-12-31T15:59:60-07:00", "2017-01-01T00:00:60Z", "2026-01-02T03:04:05+2",
            "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05Zx", "+5", "9223372036854775807", "-9223372036854775808",
            "99999999999999999999",
        ])
    func refused(text: String) {
        let isYear = text == "2026"
        #expect((Timestamp(text) == nil) != isYear, "four digits alone are seconds")
    }

    @Test(
        "any time of a damaged record can be written",
        arguments: [
            (.min, "0000-12-21T19:59:05.224192Z"), (.min + 1, "0000-12-21T19:59:05.224193Z"),
            (.max, "9999-01-10T04:00:54.775807Z"),
        ] as [(Int64, String)])
    func anyTime(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
    }

    @Test("the text of a time gives the same time, and later times are later texts", arguments: SeededGenerator.seeds)
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var previous: Timestamp?
        let times = (0..<5000).map { _ in
            Int64.random(in: -62_167_219_200_000_000...253_402_300_799_999_999, using: &random)
        }
        for microseconds in times.sorted() {
            let time = Timestamp(microseconds: microseconds)
            #expect(Timestamp(time.description) == time)
            if let previous { #expect(previous.description <= time.description) }
            previous = time
        }
    }
}
