import ArgumentParser
import EventLog

/// A place in a log, by offset or by time.
enum Moment: Equatable {
    case offset(Offset)
    case time(Timestamp)

    /// Digits are an offset, so seconds since 1970 are not among the times here.
    @Sendable static func parse(_ text: String) throws -> Moment {
        if let offset = Offset(text) { return .offset(offset) }
        if let age = Age.duration(text) { return .time(.now() - age) }
        if let time = Timestamp(text) { return .time(time) }
        throw ValidationError("'\(text)' is neither an offset nor a time; write 17, 2026-01-02T03:04:05Z, 2026-01-02 or an age such as 90d")
    }

    /// The first event at or after it.
    func firstOffset(in log: EventLog) throws(ReadError) -> Offset {
        switch self {
        case .offset(let offset): offset
        case .time(let time): try log.offset(at: time)
        }
    }
}
