import EventLog
import HTTPTypes
import Inspection

/// Where in the log a state of the past is asked for: an offset, or a time.
enum StatePoint {
    /// - Parameters:
    ///   - field: the parameter's name, for the problem.
    ///   - head: the last offset there is a state of.
    /// - Throws: `.invalid` for what is neither; `not-found` for an offset the log has no state of, with those it has.
    static func offset(_ text: String, field: String, in log: EventLog, head: Offset) throws(Problem) -> Offset {
        let lowest = log.first.previous
        let offset: Offset
        if let written = Offset(text) {
            offset = written
        } else if let time = Timestamp(text, before: .now()) {
            do throws(ReadError) {
                offset = min(head, try LogReader(log, damage: Damage()).offset(asOf: time))
            } catch {
                throw Problem(error)
            }
        } else {
            throw .invalid(field, "'\(text.prefix(64))' is neither an offset nor a time; write 17, \(Timestamp.forms)")
        }
        guard offset >= lowest, offset <= head else {
            throw Problem(
                .notFound, "not-found", "there is no state at offset \(offset); there is one for \(lowest) to \(head)",
                field: field)
        }
        return offset
    }
}

extension Problem {
    /// - Parameter place: as it was asked for.
    init(noStateAt place: String, _ error: ReadError) {
        guard case .damaged = error else {
            self.init(error)
            return
        }
        // One with events left out would be another.
        self.init(.gone, "damaged", "there is no state at \(place.prefix(64)): \(error)")
    }
}
