import Commands
import Declarations
import EventLog

/// Checks the events that clients append themselves: the event types that only commands append, and the topics and
/// schemas of a folder application.
struct AppendCheck: Sendable {
    /// The types of the commands of an application in Swift.
    let decidedTypes: DecidedTypes
    /// The application of a folder; nil without one.
    let declared: DeclaredApplication?

    /// Rejects events that a client appends itself when one of them is not allowed.
    ///
    /// The data of an event are parsed only when its type has a schema; the projections then use the same value.
    ///
    /// - Parameter isArray: whether the events came in an array, so that the wrong field is `[3].type` and not `type`,
    ///   or `[3]/data/total` and not `/data/total`.
    /// - Returns: the events to append.
    /// - Throws: 422 for the first of them: `decided-type`, `command-only`, `undeclared`, or `schema` with the pointer
    ///   of the value that does not fit as the field.
    func checked(_ events: [NewEvent], isArray: Bool) throws(Problem) -> [NewEvent] {
        try decidedTypes.check(events, isArray: isArray)
        guard let rules = declared?.version.definition.topics else { return events }
        var events = events
        for index in events.indices {
            let event = events[index]
            do throws(Refusal) {
                let value = try rules.check(
                    topic: event.topic, type: event.type, data: event.data, allowsCommandTypes: false)
                if let value { events[index].parsed = ParsedData(value) }
            } catch {
                throw Self.problem(error, index: isArray ? index : nil)
            }
        }
        return events
    }

    private static func problem(_ refusal: Refusal, index: Int?) -> Problem {
        var problem = Problem(refusal)
        if let index, let field = refusal.field {
            problem.field = field.hasPrefix("/") ? "[\(index)]\(field)" : "[\(index)].\(field)"
        }
        return problem
    }
}
