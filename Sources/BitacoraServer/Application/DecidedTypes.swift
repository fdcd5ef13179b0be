import Commands
import EventLog
import HTTPTypes

/// The event types that the application decides: only its commands append events of these types.
///
/// An event of such a type that was appended without a decision would be acknowledged, and skipped by the projection.
/// `bitacora log import` takes such events while no server runs: the events of a restored history were decided before.
struct DecidedTypes: Sendable {
    /// By event type, how its command is sent: `POST /api/orders`, or `the command order.place`.
    private let ways: [String: String]

    /// No types.
    init() { ways = [:] }

    /// The types of an application's commands.
    init<State: Sendable>(_ commands: [CommandDefinition<State>]) {
        ways = Dictionary(
            uniqueKeysWithValues: commands.map { ($0.event, $0.address ?? "the command \($0.name)") })
    }

    /// Refuses raw events of which one has a decided type.
    ///
    /// - Parameter isArray: whether the events came in an array, so that the wrong field is `[3].type` and not `type`.
    /// - Throws: `decided-type`, with status 422, for the first of them.
    func check(_ events: [NewEvent], isArray: Bool) throws(Problem) {
        for (index, event) in events.enumerated() {
            guard let way = ways[event.type] else { continue }
            throw Problem(
                .unprocessableContent, "decided-type",
                "\(event.type) events are appended by \(way), which checks them; "
                    + "to restore a history, stop the server and use bitacora log import",
                field: isArray ? "[\(index)].type" : "type")
        }
    }
}
