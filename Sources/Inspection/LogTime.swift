package import EventLog

/// A time as all interfaces write it: `2026-01-02T03:04:05Z`, a date, seconds since 1970, or an age such as `2h`.
package struct LogTime: Hashable, Sendable {
    /// The forms of a time, for messages.
    package static let forms = "2026-01-02T03:04:05Z, a date, seconds since 1970, or an age: 90s, 15m, 2h, 3d, 1w"

    package let time: Timestamp
    /// Whether the text is an age. The same age is another time when it is read later.
    package let isAge: Bool

    /// Reads a time, or an age before `now`.
    ///
    /// A number alone is seconds since 1970. A date alone is its midnight in UTC. A space is read as `+` where the sign
    /// of a time zone must stand (`2026-01-02T03:04:05 01:00`): a `+` in the query of an address is decoded to a space.
    package init?(_ text: String, now: Timestamp) {
        if let age = Age.duration(text) {
            (time, isAge) = (now - age, true)
        } else if let time = Timestamp(text) ?? Self.withZoneSign(text).flatMap(Timestamp.init) {
            (self.time, isAge) = (time, false)
        } else {
            return nil
        }
    }

    /// Reads the value of a parameter, option or field that takes a time.
    ///
    /// - Parameter field: the name of the parameter, for the error.
    package init(_ text: String, field: String, now: Timestamp = .now()) throws(InvalidParameter) {
        guard let time = LogTime(text, now: now) else {
            throw InvalidParameter(field, text, "is not a time", "write \(Self.forms)")
        }
        self = time
    }

    /// The text with `+` instead of the space before a time zone; nil when there is no such space.
    ///
    /// A zone has six characters and follows a date and a time, which have at least 16: `2026-01-02 03:04 01:00`.
    private static func withZoneSign(_ text: String) -> String? {
        var bytes = Array(text.utf8)
        let sign = bytes.count - 6
        guard sign >= 16, bytes[sign] == UInt8(ascii: " ") else { return nil }
        bytes[sign] = UInt8(ascii: "+")
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Timestamp {
    /// Reads a time in any form of ``LogTime``; an age counts back from `now`.
    package init?(_ text: String, before now: Timestamp) {
        guard let read = LogTime(text, now: now) else { return nil }
        self = read.time
    }
}

/// A length of time as people write it: `90s`, `15m`, `2h`, `3d`, `1w`.
package enum Age {
    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]

    /// Nil when `text` is not a whole number with a unit, or is longer than a thousand years.
    package static func duration(_ text: String) -> Duration? {
        guard let unit = text.last.flatMap({ units[$0] }),
            text.dropLast().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int64(text.dropLast())
        else { return nil }
        let (seconds, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow || seconds > 31_536_000_000 ? nil : .seconds(seconds)
    }
}
