import EventLog
import Inspection

/// What a reader says it has: the value of `--after`, in the words of the API.
enum AfterPoint: Equatable {
    case start
    case live
    case offset(Offset)
    case position(Position)
    /// All but the last so many that pass the filter.
    case allBut(Int)

    init?(_ text: String) {
        switch text {
        case "start": self = .start
        case "live": self = .live
        default:
            if text.hasPrefix("-") {
                guard let count = Offset(text.dropFirst()).flatMap({ Int(exactly: $0.rawValue) }) else { return nil }
                self = .allBut(count)
            } else if let offset = Offset(text) {
                self = .offset(offset)
            } else if let position = Position(text) {
                self = .position(position)
            } else {
                return nil
            }
        }
    }

    /// The last offset the reader has in the log that `reader` reads.
    ///
    /// - Throws: `Failure` when the log does not have that position, since going on
    ///   from elsewhere would leave events out without a word; `ReadError`.
    func offset(in reader: LogReader) throws -> Offset {
        let log = reader.log
        switch self {
        case .start: return .start
        case .live: return log.head
        case .allBut(let count): return try Self.offset(beforeLast: count, in: reader)
        case .offset(let offset): return try Self.check(offset, in: log)
        case .position(let position):
            guard position.log == log.id else {
                throw Failure(
                    ExitStatus.refused,
                    "position \(position) belongs to another log (the id of this one is \(log.id)); pass --after start to read all of this one"
                )
            }
            return try Self.check(position.offset, in: log)
        }
    }

    private static func offset(beforeLast count: Int, in reader: LogReader) throws -> Offset {
        guard count > 0 else { return reader.log.head }
        var missing = count
        var beginning = Offset.start
        try reader.ignoringDamage.visitBackward { offset in
            missing -= 1
            if missing == 0 { beginning = offset.previous }
            return missing > 0
        }
        return beginning
    }

    private static func check(_ offset: Offset, in log: EventLog) throws(Failure) -> Offset {
        let head = log.head
        guard offset <= head else {
            throw Failure(
                ExitStatus.refused,
                "offset \(offset) is beyond the head of the log, which is \(head); pass --after live for what comes next"
            )
        }
        let first = log.first
        guard offset == .start || offset >= first.previous else {
            throw Failure(
                ExitStatus.refused,
                "events after offset \(offset) were removed, and the log begins at offset \(first); pass --after start for all events that it has"
            )
        }
        return offset
    }
}
