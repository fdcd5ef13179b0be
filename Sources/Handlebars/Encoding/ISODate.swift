/// Dates as JavaScript's `toISOString` writes them (ECMA-262, Date Time String Format).
enum ISODate {
    /// JavaScript's dates end a hundred million days from 1970.
    private static let maximumMilliseconds = 8.64e15

    /// - Parameter seconds: since 1970, UTC.
    /// - Returns: text to the nearest millisecond; nil beyond JavaScript's years ±271,821.
    static func text(_ seconds: Double) -> String? {
        let milliseconds = (seconds * 1000).rounded()
        guard milliseconds.magnitude <= maximumMilliseconds else { return nil }
        let (day, time) = floorDivision(Int(milliseconds), 86_400_000)
        let (year, month, dayOfMonth) = civil(day)
        var text = (0...9999).contains(year) ? padded(year, 4) : (year < 0 ? "-" : "+") + padded(Int(year.magnitude), 6)
        text += "-\(padded(month, 2))-\(padded(dayOfMonth, 2))"
        text += "T\(padded(time / 3_600_000, 2)):\(padded(time / 60_000 % 60, 2)):\(padded(time / 1000 % 60, 2))"
        return text + ".\(padded(time % 1000, 3))Z"
    }

    /// Year, month and day of a day since 1970, in the Gregorian calendar without end: counted from a first of
    /// March, so that the leap day is a year's last, in eras of 400 years that are all alike.
    private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
        let daysFromMarch0ToEpoch = 719_468
        let (era, dayOfEra) = floorDivision(day + daysFromMarch0ToEpoch, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    private static func floorDivision(_ number: Int, _ divisor: Int) -> (quotient: Int, rest: Int) {
        let (quotient, rest) = number.quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
