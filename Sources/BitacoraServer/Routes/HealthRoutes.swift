import EventLog
import Hummingbird
import JSON

/// What a supervisor asks: `/healthz` (the process answers) and `/readyz` (the log takes events).
struct HealthRoutes {
    let log: EventLog

    /// With the time it is here, by which pages set their countdowns.
    func health() -> Response { .json(["status": "alive", "time": .string("\(Timestamp.now())")]) }

    /// Tries again after an append that failed: whoever sends no requests here while it is not ready would never see it mended.
    func ready() async throws(Problem) -> Response {
        do throws(AppendError) {
            try await log.probe()
        } catch {
            throw Problem(error)
        }
        return .json([
            "status": "ready", "log": .string("\(log.id)"), "head": .number(JSONNumber(log.head.rawValue)),
            "durability": .string("\(log.durability)"),
        ])
    }
}
