package import EventLog

/// The events that a reader already has, as the reader says it over any interface.
///
/// | text | meaning |
/// |---|---|
/// | `17` | the events up to offset 17 |
/// | `00000000000000ff:17` | the events up to offset 17 of the log with this id |
/// | `start` | no events |
/// | `live` | all events so far |
/// | `-20` | all events but the last 20 that match the filter |
///
/// A time is a start point too (`since`), but has a parameter of its own: unlike an offset, a time is inclusive.
package enum StartPoint: Hashable, Sendable {
    /// `start`: no events.
    case start
    /// `live`: all events so far.
    case live
    /// An offset of whichever log is read.
    case offset(Offset)
    /// An offset, and the log that the offset belongs to.
    case position(Position)
    /// `-N`: all events but the last N that match the filter.
    case last(Int)
    /// All events before a time.
    case since(Timestamp)
    /// An event id that is not a position, such as the id of an event of another server's stream.
    case unrecognizedID

    /// The largest N of `-N` over the network. The command line has no limit.
    package static let maximumLast = 100_000

    /// Reads every form but a time.
    package init?(_ text: String, maximumLast: Int = maximumLast) {
        switch text {
        case "start": self = .start
        case "live": self = .live
        default:
            if text.hasPrefix("-"), let count = Offset(text.dropFirst()).flatMap({ Int(exactly: $0.rawValue) }),
                count <= maximumLast
            {
                self = .last(count)
            } else if let offset = Offset(text) {
                self = .offset(offset)
            } else if let position = Position(text) {
                self = .position(position)
            } else {
                return nil
            }
        }
    }

    /// Reads the value of `after`.
    ///
    /// - Parameters:
    ///   - field: the name of the parameter, for the error.
    ///   - maximumLast: the largest N of `-N`.
    package init(
        after text: String, field: String = "after", maximumLast: Int = maximumLast
    ) throws(InvalidParameter) {
        guard let start = StartPoint(text, maximumLast: maximumLast) else {
            let limit = maximumLast == .max ? "" : " (N up to \(maximumLast))"
            throw InvalidParameter(
                field, text, "is not a position", "write an offset, logid:offset, start, live or -N\(limit)")
        }
        self = start
    }

    /// Reads `after` and `since`, of which at most one may be given; ``start`` when both are nil.
    package init(after: String?, since: String?, now: Timestamp = .now()) throws(InvalidParameter) {
        switch (after, since) {
        case (nil, nil): self = .start
        case (let after?, nil): self = try StartPoint(after: after)
        case (nil, let since?): self = .since(try LogTime(since, field: "since", now: now).time)
        case (_?, let since?):
            throw InvalidParameter("since", since, "is given together with after", "give after or since, not both")
        }
    }

    /// Reads the id that the client of an event stream sends as its last event; text that is not a position is
    /// ``unrecognizedID``.
    package init(lastEventID text: String) { self = Self(text) ?? .unrecognizedID }
}

/// A moment in the history of a log: an offset, or a time.
package enum LogMoment: Hashable, Sendable {
    case offset(Offset)
    case time(Timestamp)

    /// Reads a moment. A number alone is an offset; other text is a time or an age, as ``LogTime`` reads it.
    ///
    /// - Parameters:
    ///   - field: the name of the parameter, for the error.
    ///   - now: the time that an age counts back from.
    package init(_ text: String, field: String, now: Timestamp = .now()) throws(InvalidParameter) {
        if !text.isEmpty, let offset = Offset(text) {
            self = .offset(offset)
        } else if !text.hasPrefix("-"), let time = LogTime(text, now: now)?.time {
            // A negative number is no offset, and not meant as seconds before 1970.
            self = .time(time)
        } else {
            throw InvalidParameter(
                field, text, "is neither an offset nor a time",
                "write an offset such as 17, a time such as 2026-01-02T03:04:05Z, a date, or an age: 90s, 15m, 2h, 3d, 1w"
            )
        }
    }
}
