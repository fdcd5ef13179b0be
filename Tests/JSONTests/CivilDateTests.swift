import JSON
import TestSupport
import Testing

@Suite("Civil dates")
struct CivilDateTests {
    @Test(
        "a date and its day number convert into each other",
        arguments: [
            (1970, 1, 1, 0), (1969, 12, 31, -1), (2000, 2, 29, 11_016), (2000, 3, 1, 11_017), (1900, 3, 1, -25_508),
            (2026, 1, 2, 20_455), (0, 3, 1, -719_468), (0, 2, 29, -719_469), (-1, 12, 31, -719_529),
            (9999, 12, 31, 2_932_896), (275_760, 9, 13, 100_000_000), (-271_821, 4, 20, -100_000_000),
        ])
    func known(year: Int, month: Int, day: Int, number: Int64) throws {
        let date = try #require(CivilDate(year: year, month: month, day: day))
        #expect(date.daysSince1970 == number)
        #expect(CivilDate(daysSince1970: number) == date)
    }

    @Test("each day follows the day before it, over more than 400 years")
    func consecutive() throws {
        var last = CivilDate(daysSince1970: -150_000)
        for number in -149_999...10_000 as ClosedRange<Int64> {
            let date = CivilDate(daysSince1970: number)
            let isNext =
                CivilDate(year: last.year, month: last.month, day: last.day + 1) == date
                || (date.day == 1 && CivilDate(year: last.year, month: last.month, day: last.day + 1) == nil
                    && (date.year * 12 + date.month == last.year * 12 + last.month + 1))
            try #require(isNext && date.daysSince1970 == number, "\(last) and \(date)")
            last = date
        }
    }

    @Test("any day number comes back", arguments: SeededGenerator.seeds)
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let number = Int64(random.number(-110_000_000...110_000_000))
            #expect(CivilDate(daysSince1970: number).daysSince1970 == number, "seed \(seed)")
        }
    }

    @Test(
        "a date that does not exist is nil",
        arguments: [
            (2025, 2, 29), (1900, 2, 29), (2024, 2, 30), (2024, 4, 31), (2024, 0, 1), (2024, 13, 1), (2024, 1, 0),
            (2024, 1, 32),
        ])
    func missing(year: Int, month: Int, day: Int) {
        #expect(CivilDate(year: year, month: month, day: day) == nil)
    }
}

@Suite("ISO 8601")
struct ISO8601Tests {
    @Test(
        "a time to the second has 19 bytes; the year stays within four digits",
        arguments: [
            (0, "1970-01-01T00:00:00"), (-1, "1969-12-31T23:59:59"), (1_767_323_045, "2026-01-02T03:04:05"),
            (253_402_300_799, "9999-12-31T23:59:59"), (253_402_300_800, "9999-01-01T00:00:00"),
            (-62_167_219_200, "0000-01-01T00:00:00"), (-62_167_219_201, "0000-12-31T23:59:59"),
        ])
    func seconds(seconds: Int64, expected: String) {
        let text = String(unsafeUninitializedCapacity: 19) { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            ISO8601.writeSecond(seconds, to: UnsafeMutableRawPointer(start))
            return 19
        }
        #expect(text == expected)
    }

    @Test(
        "JavaScript's form has milliseconds, and a sign and six digits for other years",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_935_731_289.01, "2031-05-05T07:08:09.010Z"),
            (-0.001, "1969-12-31T23:59:59.999Z"), (0.0005, "1970-01-01T00:00:00.001Z"),
            (0.0004, "1970-01-01T00:00:00.000Z"), (253_402_300_799.999, "9999-12-31T23:59:59.999Z"),
            (253_402_300_800, "+010000-01-01T00:00:00.000Z"), (-62_167_219_200, "0000-01-01T00:00:00.000Z"),
            (-62_167_219_201, "-000001-12-31T23:59:59.000Z"), (8.64e12, "+275760-09-13T00:00:00.000Z"),
            (-8.64e12, "-271821-04-20T00:00:00.000Z"),
        ])
    func javaScript(seconds: Double, expected: String) {
        #expect(ISO8601.javaScriptText(secondsSince1970: seconds) == expected)
    }

    @Test("every millisecond is written as it is")
    func milliseconds() {
        for millisecond in 0..<1000 {
            let text = ISO8601.javaScriptText(secondsSince1970: Double(1_777_000_000_000 + millisecond) / 1000)
            #expect(text?.hasSuffix(".\(String(1000 + millisecond).dropFirst())Z") == true)
        }
    }

    @Test("a time that JavaScript does not have is nil", arguments: [8.64e12 + 1, -8.64e12 - 1, .infinity, .nan])
    func beyond(seconds: Double) {
        #expect(ISO8601.javaScriptText(secondsSince1970: seconds) == nil)
    }
}
