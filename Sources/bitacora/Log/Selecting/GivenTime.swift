import ArgumentParser
import EventLog
import Inspection

/// A time as an option names it.
struct GivenTime: Equatable {
    let time: Timestamp
    /// Whether it was given as an age, which is another time whenever the command is run.
    let isAge: Bool

    /// For every option and argument that is a time.
    @Sendable static func parse(_ text: String) throws -> GivenTime {
        guard let time = Timestamp(text, before: .now()) else {
            throw ValidationError(
                "it takes a time such as 2026-01-02T03:04:05Z, a date, seconds since 1970, or an age such as 15m, 2h or 3d"
            )
        }
        return GivenTime(time: time, isAge: Age.duration(text) != nil)
    }
}
