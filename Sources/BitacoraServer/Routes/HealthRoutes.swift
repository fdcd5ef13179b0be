import EventLog
import Hummingbird
import JSON

/// What a supervisor asks: `/healthz` (the process answers) and `/readyz` (the log takes events).
struct HealthRoutes {
    let log: EventLog

    func health() -> Response { .json(["status": "alive"]) }

    func ready() throws(Problem) -> Response {
        if let failure = log.failure { throw Problem(failure) }
        return .json([
            "status": "ready", "log": .string("\(log.id)"), "head": .number(JSONNumber(log.head.rawValue)),
            "durability": .string("\(log.durability)"),
        ])
    }
}
