internal import Glibc
internal import JSON

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
    var wholeSeconds: Int64 { rawValue.flooredQuotientAndRemainder(dividingBy: Self.second).quotient }

    /// RFC 3339 in UTC with microseconds: `2026-01-02T03:04:05.678901Z`.
    public var description: String {
        String(unsafeUninitializedCapacity: Self.textLength) { buffer in
            buffer.withMemoryRebound(to: UInt8.self) { write(to: UnsafeMutableRawPointer($0.baseAddress!)) }
            return Self.textLength
        }
    }

    /// The number of bytes of `description`.
    package static let textLength = 27

    /// Writes the bytes of `description`. Years beyond 9999 are written as 9999.
    package func write(to output: UnsafeMutableRawPointer) {
        ISO8601.writeSecond(wholeSeconds, to: output)
        writeFraction(to: output)
    }

    /// Writes the last 8 bytes: `.678901Z`.
    func writeFraction(to output: UnsafeMutableRawPointer) {
        let seconds = wholeSeconds
        output.storeBytes(of: UInt8(ascii: "."), toByteOffset: 19, as: UInt8.self)
        // The second of the earliest possible time begins before that time, which overflows.
        ISO8601.writeDigits(Int(rawValue &- seconds &* Self.second), 6, to: output + 20)
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
            let day = reader.digits(2), let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        var seconds = date.daysSince1970 * ISO8601.secondsPerDay
        if reader.isAtEnd {
            self.init(microseconds: seconds * Self.second)
            return
        }
        guard reader.take("T") || reader.take("t") || reader.take(" "), let time = reader.timeOfDay(),
            let zone = reader.zone(), reader.isAtEnd
        else { return nil }
        seconds += Int64(time.seconds - zone)
        guard !time.isLeapSecond || Self.followsLeapSecond(seconds) else { return nil }
        self.init(microseconds: seconds * Self.second + time.fraction)
    }

    /// Whether `seconds` begins January or July in UTC, where a leap second can precede it (RFC 3339, section 5.7).
    private static func followsLeapSecond(_ seconds: Int64) -> Bool {
        let (days, second) = seconds.flooredQuotientAndRemainder(dividingBy: ISO8601.secondsPerDay)
        let date = CivilDate(daysSince1970: days)
        return second == 0 && date.day == 1 && (date.month == 1 || date.month == 7)
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

    /// Reads `03:04`, `03:04:05` or `03:04:05.678901`.
    ///
    /// - Returns: the seconds since midnight, and the fraction of a second in microseconds; nil for other text.
    mutating func timeOfDay() -> (seconds: Int, fraction: Int64, isLeapSecond: Bool)? {
        guard let hour = digits(2), take(":"), let minute = digits(2), hour < 24, minute < 60 else { return nil }
        var second = 0
        if take(":") {
            guard let value = digits(2), value < 61 else { return nil }
            second = value
        }
        var microseconds: Int64 = 0
        if take(".") {
            guard let value = fraction() else { return nil }
            microseconds = value
        }
        return (hour * 3600 + minute * 60 + second, microseconds, second == 60)
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
