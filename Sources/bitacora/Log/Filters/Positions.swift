import ArgumentParser
import EventLog
import Inspection

extension StartPoint {
    /// The last offset that the reader has in the log that `reader` reads.
    ///
    /// - Throws: `Failure` when the log does not have that position, because starting elsewhere would leave out events
    ///   without an error; `ReadError`.
    func offset(in reader: LogReader) throws -> Offset {
        let log = reader.log
        switch self {
        case .start: return .start
        case .live: return log.head
        case .last(let count): return try Self.offset(beforeLast: count, in: reader)
        case .since(let time): return try reader.offset(at: time).previous
        case .offset(let offset): return try Self.check(offset, in: log)
        case .position(let position):
            guard position.log == log.id else {
                throw Failure(
                    ExitStatus.refused,
                    "position \(position) belongs to another log (the id of this one is \(log.id)); pass --after start to read all of this one"
                )
            }
            return try Self.check(position.offset, in: log)
        case .unrecognizedID: preconditionFailure("only event streams have event ids")
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

extension LogMoment {
    /// The offset of the first event at or after the moment; the one after the head when all events are before it.
    func firstOffset(in log: EventLog) throws(ReadError) -> Offset {
        switch self {
        case .offset(let offset): offset
        case .time(let time): try LogReader(log).offset(at: time)
        }
    }

    /// The offset of the last event up to the moment; `start` when all events are after it.
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

// MARK: Options

// The parser prints the option and its value before the message: "The value 'x' is invalid for '--after <position>': …".

/// For every option and argument that is an offset.
func parseOffset(_ text: String) throws -> Offset {
    try parsing { () throws(InvalidParameter) in try FilterGrammar.offset(text, field: "offset") }
}

/// For every option and argument that is a time.
@Sendable func parseTime(_ text: String) throws -> LogTime {
    try parsing { () throws(InvalidParameter) in try LogTime(text, field: "time") }
}

/// For every option and argument that is an offset or a time.
func parseMoment(_ text: String) throws -> LogMoment {
    try parsing { () throws(InvalidParameter) in try LogMoment(text, field: "moment") }
}

/// For `--after`. The command line has no limit for the N of `-N`.
func parseStart(_ text: String) throws -> StartPoint {
    try parsing { () throws(InvalidParameter) in try StartPoint(after: text, field: "position", maximumLast: .max) }
}

private func parsing<Value>(_ parse: () throws(InvalidParameter) -> Value) throws(ValidationError) -> Value {
    do throws(InvalidParameter) {
        return try parse()
    } catch {
        throw ValidationError(error.remedy ?? error.message)
    }
}
