/// A date of the proleptic Gregorian calendar: the Gregorian rules hold for all years, also for those before 1582.
///
/// RFC 3339, ISO 8601 and ECMA-262 use this calendar.
package struct CivilDate: Hashable, Sendable {
    /// The astronomical year: the year before the year 1 is 0.
    package let year: Int
    /// The month, 1...12.
    package let month: Int
    /// The day of the month, 1...31.
    package let day: Int

    /// A date; nil when the month or the day does not exist.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), (1...Self.days(inMonth: month, of: year)).contains(day) else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    // The two conversions count from 1 March of the year 0, so that the leap day is the last day of its year, in eras of
    // 400 years, which all have 146,097 days.

    /// The days from 1 March of the year 0 to 1 January 1970.
    private static let daysTo1970: Int64 = 719_468

    /// The date that is a number of days after 1 January 1970; before it when the number is negative.
    package init(daysSince1970 days: Int64) {
        let (era, dayOfEra) = (days + Self.daysTo1970).flooredQuotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
        year = Int(era * 400 + yearOfEra) + (month <= 2 ? 1 : 0)
        day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    /// The number of days since 1 January 1970; negative for an earlier date.
    package var daysSince1970: Int64 {
        let (era, yearOfEra) = Int64(month <= 2 ? year - 1 : year).flooredQuotientAndRemainder(dividingBy: 400)
        let dayOfYear = Int64((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1)
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - Self.daysTo1970
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// Times in UTC as ISO 8601 writes them.
package enum ISO8601 {
    /// The number of seconds of a day.
    package static let secondsPerDay: Int64 = 86_400

    /// Writes a time to the second without a time zone, as 19 bytes: `2026-01-02T03:04:05`.
    ///
    /// A year beyond 9999 is written as 9999, a year before 0 as 0000.
    package static func writeSecond(_ secondsSince1970: Int64, to output: UnsafeMutableRawPointer) {
        let (days, second) = secondsSince1970.flooredQuotientAndRemainder(dividingBy: secondsPerDay)
        let date = CivilDate(daysSince1970: days)
        writeDigits(min(max(date.year, 0), 9999), 4, to: output)
        write("-", to: output + 4)
        writeDigits(date.month, 2, to: output + 5)
        write("-", to: output + 7)
        writeDigits(date.day, 2, to: output + 8)
        write("T", to: output + 10)
        writeTime(Int(second), to: output + 11)
    }

    /// Writes a number with leading zeros.
    ///
    /// - Parameters:
    ///   - value: the number, not negative; higher digits than `count` are left out.
    ///   - count: the number of digits.
    package static func writeDigits(_ value: Int, _ count: Int, to output: UnsafeMutableRawPointer) {
        var rest = value
        for index in stride(from: count - 1, through: 0, by: -1) {
            output.storeBytes(
                of: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10), toByteOffset: index, as: UInt8.self)
            rest /= 10
        }
    }

    /// The largest distance of a JavaScript date from 1970: a hundred million days.
    private static let maximumMilliseconds = 8.64e15

    /// A time to the nearest millisecond, as JavaScript's `toISOString` writes it: `2031-05-06T07:08:09.010Z`.
    ///
    /// A year outside of 0...9999 has a sign and six digits: `+012026-01-02T03:04:05.000Z` (ECMA-262, Date Time String
    /// Format).
    ///
    /// - Returns: nil for a time that JavaScript's dates do not have: beyond the years ±271,821, or not a number.
    package static func javaScriptText(secondsSince1970: Double) -> String? {
        let milliseconds = (secondsSince1970 * 1000).rounded()
        guard milliseconds.magnitude <= maximumMilliseconds else { return nil }
        let (seconds, millisecond) = Int64(milliseconds).flooredQuotientAndRemainder(dividingBy: 1000)
        let (days, second) = seconds.flooredQuotientAndRemainder(dividingBy: secondsPerDay)
        let date = CivilDate(daysSince1970: days)
        let isExpanded = !(0...9999).contains(date.year)
        return String(unsafeUninitializedCapacity: 27) { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            var output = UnsafeMutableRawPointer(start)
            if isExpanded { write(date.year < 0 ? "-" : "+", to: output) }
            writeDigits(Int(date.year.magnitude), isExpanded ? 6 : 4, to: isExpanded ? output + 1 : output)
            output += isExpanded ? 7 : 4
            write("-", to: output)
            writeDigits(date.month, 2, to: output + 1)
            write("-", to: output + 3)
            writeDigits(date.day, 2, to: output + 4)
            write("T", to: output + 6)
            writeTime(Int(second), to: output + 7)
            write(".", to: output + 15)
            writeDigits(Int(millisecond), 3, to: output + 16)
            write("Z", to: output + 19)
            return isExpanded ? 27 : 24
        }
    }

    /// Writes the time of day as 8 bytes: `03:04:05`.
    private static func writeTime(_ second: Int, to output: UnsafeMutableRawPointer) {
        writeDigits(second / 3600, 2, to: output)
        write(":", to: output + 2)
        writeDigits(second / 60 % 60, 2, to: output + 3)
        write(":", to: output + 5)
        writeDigits(second % 60, 2, to: output + 6)
    }

    @inline(__always)
    private static func write(_ character: Unicode.Scalar, to output: UnsafeMutableRawPointer) {
        output.storeBytes(of: UInt8(ascii: character), as: UInt8.self)
    }
}

extension Int64 {
    /// The quotient rounded down, and the remainder, which is not negative.
    ///
    /// - Parameter divisor: a positive number.
    @inlinable
    package func flooredQuotientAndRemainder(dividingBy divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
