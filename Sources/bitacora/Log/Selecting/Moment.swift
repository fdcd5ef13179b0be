import EventLog
import Inspection

/// A place in the log as people name it: an offset, or a time.
enum Moment: Equatable {
    case offset(Offset)
    case time(Timestamp)

    /// A number alone is an offset; anything else is a time, or an age such as `2h`.
    init?(_ text: String) {
        if let offset = Offset(text), !text.isEmpty {
            self = .offset(offset)
        } else if let time = Timestamp(text, before: .now()) {
            self = .time(time)
        } else {
            return nil
        }
    }

    /// The first event at or after it.
    func firstOffset(in log: EventLog) throws(ReadError) -> Offset {
        switch self {
        case .offset(let offset): offset
        case .time(let time): try LogReader(log).offset(at: time)
        }
    }

    /// The last event that had happened then; `start` when none had.
    ///
    /// - Throws: `Failure` for an offset beyond the head; `ReadError`.
    func offset(in reader: LogReader) throws -> Offset {
        switch self {
        case .time(let time): return try reader.offset(asOf: time)
        case .offset(let offset):
            let head = reader.log.head
            guard offset <= head else {
                throw Failure(ExitStatus.refused, "offset \(offset) is beyond the head of the log, which is \(head)")
            }
            return offset
        }
    }
}
