internal import Glibc

/// A time, in microseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: RawRepresentable, Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z; negative before.
    public let rawValue: Int64

    /// Makes a time from microseconds since 1970.
    public init(rawValue: Int64) { self.rawValue = rawValue }
    /// Makes a time from microseconds since 1970.
    public init(microseconds: Int64) { rawValue = microseconds }

    /// Whether the first time is earlier than the second.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.rawValue < right.rawValue }

    /// The time that is `age` before `time`; the earliest possible time when the result is out of range.
    public static func - (time: Timestamp, age: Duration) -> Timestamp {
        let (seconds, attoseconds) = age.components
        let (microseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (result, underflow) = time.rawValue.subtractingReportingOverflow(overflow ? .max : microseconds)
        return Timestamp(rawValue: underflow ? .min : result - attoseconds / 1_000_000_000_000)
    }

    /// The clock of the machine, which may go back; the times in a log do not.
    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

extension Timestamp: CustomStringConvertible, LosslessStringConvertible {
    static let second: Int64 = 1_000_000
    /// Whole seconds since 1970, rounded down.
    var wholeSeconds: Int64 { rawValue.quotientRoundedDown(Self.second) }
    private static let day: Int64 = 86_400

    /// RFC 3339 in UTC with microseconds: `2026-01-02T03:04:05.678901Z`.
    public var description: String {
        String(unsafeUninitializedCapacity: 27) { buffer in
            buffer.withMemoryRebound(to: UInt8.self) { write(to: UnsafeMutableRawPointer($0.baseAddress!)) }
            return 27
        }
    }

    /// Writes the 27 bytes of `description`. Years beyond 9999 are written as 9999.
    func write(to output: UnsafeMutableRawPointer) {
        let seconds = wholeSeconds
        writeSecond(seconds, to: output)
        writeFraction(to: output)
    }

    /// Writes the first 19 bytes, up to the second. A writer of many events keeps them for the events of the same second.
    func writeSecond(_ seconds: Int64, to output: UnsafeMutableRawPointer) {
        let days = seconds.quotientRoundedDown(Self.day)
        let rest = Int(seconds - days * Self.day)
        let (year, month, dayOfMonth) = Self.civil(fromDays: days)
        writeDigits(min(max(year, 0), 9999), 4, to: output)
        output.storeBytes(of: UInt8(ascii: "-"), toByteOffset: 4, as: UInt8.self)
        writeDigits(month, 2, to: output + 5)
        output.storeBytes(of: UInt8(ascii: "-"), toByteOffset: 7, as: UInt8.self)
        writeDigits(dayOfMonth, 2, to: output + 8)
        output.storeBytes(of: UInt8(ascii: "T"), toByteOffset: 10, as: UInt8.self)
        writeDigits(rest / 3600, 2, to: output + 11)
        output.storeBytes(of: UInt8(ascii: ":"), toByteOffset: 13, as: UInt8.self)
        writeDigits(rest / 60 % 60, 2, to: output + 14)
        output.storeBytes(of: UInt8(ascii: ":"), toByteOffset: 16, as: UInt8.self)
        writeDigits(rest % 60, 2, to: output + 17)
    }

    /// Writes the last 8 bytes: `.678901Z`.
    func writeFraction(to output: UnsafeMutableRawPointer) {
        let seconds = wholeSeconds
        output.storeBytes(of: UInt8(ascii: "."), toByteOffset: 19, as: UInt8.self)
        // The second of the earliest possible time begins before that time, which overflows.
        writeDigits(Int(rawValue &- seconds &* Self.second), 6, to: output + 20)
        output.storeBytes(of: UInt8(ascii: "Z"), toByteOffset: 26, as: UInt8.self)
    }

    /// Reads a time in RFC 3339, a date, or a whole number of seconds since 1970.
    ///
    /// `2026-01-02T03:04:05.678901Z`, `2026-01-02T03:04+02:00` and `2026-01-02` are times. A leap second, such as
    /// `23:59:60Z`, is read as the second after it; digits below a microsecond are dropped.
    ///
    /// - Returns: nil for any other text, and for a day or time that does not exist.
    public init?(_ description: String) {
        let bytes = Array(description.utf8)
        if let seconds = Int64(description), !description.hasPrefix("+"), seconds.magnitude < 1 << 40 {
            self.init(microseconds: seconds * Self.second)
            return
        }
        var reader = DigitReader(bytes: bytes)
        guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"),
            let day = reader.digits(2), (1...12).contains(month),
            (1...Self.days(inMonth: month, of: year)).contains(day)
        else { return nil }
        var seconds = Self.days(fromCivil: year, month, day) * Self.day
        if reader.isAtEnd {
            self.init(microseconds: seconds * Self.second)
            return
        }
        guard reader.take("T") || reader.take("t") || reader.take(" "), let hour = reader.digits(2), reader.take(":"),
            let minute = reader.digits(2), hour < 24, minute < 60
        else { return nil }
        var second = 0
        if reader.take(":") {
            guard let value = reader.digits(2), value < 61 else { return nil }
            second = value
        }
        var fraction: Int64 = 0
        if reader.take(".") {
            guard let value = reader.fraction() else { return nil }
            fraction = value
        }
        guard let zone = reader.zone(), reader.isAtEnd else { return nil }
        seconds += Int64(hour * 3600 + minute * 60 + second) - Int64(zone)
        guard second < 60 || Self.followsLeapSecond(seconds) else { return nil }
        self.init(microseconds: seconds * Self.second + fraction)
    }

    /// Whether `seconds` begins January or July in UTC, where a leap second can precede it (RFC 3339, section 5.7).
    private static func followsLeapSecond(_ seconds: Int64) -> Bool {
        let days = seconds.quotientRoundedDown(day)
        let (_, month, dayOfMonth) = civil(fromDays: days)
        return seconds == days * day && dayOfMonth == 1 && (month == 1 || month == 7)
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    // The two conversions count in eras of 400 years that begin on 1 March, so
    // that the leap day is the last of its year (proleptic Gregorian calendar).

    private static func days(fromCivil year: Int, _ month: Int, _ day: Int) -> Int64 {
        let shifted = Int64(month <= 2 ? year - 1 : year)
        let era = shifted.quotientRoundedDown(400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = Int64((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1)
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func civil(fromDays days: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted.quotientRoundedDown(146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0), Int(month), Int(day))
    }
}

extension Int64 {
    fileprivate func quotientRoundedDown(_ divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

private func writeDigits(_ value: Int, _ count: Int, to output: UnsafeMutableRawPointer) {
    var rest = value
    for place in stride(from: count - 1, through: 0, by: -1) {
        output.storeBytes(
            of: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10), toByteOffset: place, as: UInt8.self)
        rest /= 10
    }
}

private struct DigitReader {
    let bytes: [UInt8]
    var place = 0

    var isAtEnd: Bool { place == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    mutating func digits(_ count: Int) -> Int? {
        guard place + count <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[place..<place + count] {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        place += count
        return value
    }

    /// Digits after the point, as microseconds; finer ones are dropped.
    mutating func fraction() -> Int64? {
        var value: Int64 = 0
        var count = 0
        while let digit = digits(1) {
            if count < 6 { value = value * 10 + Int64(digit) }
            count += 1
        }
        guard count > 0 else { return nil }
        while count < 6 {
            value *= 10
            count += 1
        }
        return value
    }

    /// Seconds east of UTC.
    mutating func zone() -> Int? {
        if take("Z") || take("z") { return 0 }
        let sign = take("+") ? 1 : take("-") ? -1 : 0
        guard sign != 0, let hours = digits(2), take(":"), let minutes = digits(2), hours < 24, minutes < 60
        else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}
