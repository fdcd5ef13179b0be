import EventLog
import HTTPTypes
import Inspection

/// Finds the offset of a state of the past that a request asks for by offset or time.
enum StateOffset {
    /// The last event of the state that `text` asks for.
    ///
    /// - Parameters:
    ///   - text: a ``LogMoment``.
    ///   - field: the parameter's name, for the problem.
    ///   - head: the last offset that has a state.
    /// - Throws: `.invalid` when `text` is neither an offset nor a time; `not-found` for an offset that has no state in
    ///   this log, with the offsets that have one.
    static func parse(_ text: String, field: String, in log: EventLog, head: Offset) throws(Problem) -> Offset {
        let lowest = log.first.previous
        let moment: LogMoment
        do throws(InvalidParameter) {
            moment = try LogMoment(text, field: field)
        } catch {
            throw Problem(error)
        }
        let offset: Offset
        switch moment {
        case .offset(let written): offset = written
        case .time(let time):
            do throws(ReadError) {
                offset = min(head, try LogReader(log, damage: Damage()).offset(asOf: time))
            } catch {
                throw Problem(error)
            }
        }
        guard offset >= lowest, offset <= head else {
            throw Problem(
                .notFound, "not-found",
                "there is no state at offset \(offset); offsets \(lowest) to \(head) have a state", field: field)
        }
        return offset
    }
}

extension Problem {
    /// The answer when the events up to `moment` cannot be read.
    ///
    /// - Parameter moment: the text of the request.
    init(noStateAt moment: String, _ error: ReadError) {
        guard case .damaged = error else {
            self.init(error)
            return
        }
        // Without the damaged event the state would be another one.
        self.init(.gone, "damaged", "there is no state at \(moment.prefix(64)): \(error)")
    }
}
