package import EventLog

extension Timestamp {
    /// What may be written, for messages.
    package static let forms = "2026-01-02T03:04:05Z, a date, seconds since 1970, or an age: 90s, 15m, 2h, 3d, 1w"

    /// Reads a time, or an age before `now` (`Age`).
    ///
    /// A number alone is seconds since 1970, as everywhere.
    package init?(_ text: String, before now: Timestamp) {
        if let age = Age.duration(text) {
            self = now - age
        } else {
            self.init(text)
        }
    }
}
