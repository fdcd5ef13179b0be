import EventLog

extension Timestamp {
    /// Reads a time, or an age before `now`: a whole number and `s`, `m`, `h`, `d` or `w`.
    ///
    /// A number alone is seconds since 1970, as everywhere.
    init?(_ text: String, before now: Timestamp) {
        guard let unit = text.last, let seconds = Self.units[unit] else {
            self.init(text)
            return
        }
        let digits = text.dropLast()
        guard let count = Offset(digits), let span = Int64(exactly: count.rawValue) else { return nil }
        let (age, isTooLong) = span.multipliedReportingOverflow(by: seconds * 1_000_000)
        let (time, isTooEarly) = now.rawValue.subtractingReportingOverflow(age)
        guard !isTooLong, !isTooEarly else { return nil }
        self.init(microseconds: time)
    }

    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
}
