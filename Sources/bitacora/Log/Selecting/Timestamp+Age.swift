import EventLog

extension Timestamp {
    /// Reads a time, or an age before `now` (`Age`).
    ///
    /// A number alone is seconds since 1970, as everywhere.
    init?(_ text: String, before now: Timestamp) {
        if let age = Age.duration(text) {
            self = now - age
        } else {
            self.init(text)
        }
    }
}
