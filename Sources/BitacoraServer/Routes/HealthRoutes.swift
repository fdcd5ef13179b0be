import EventLog
import HTTPTypes
import Hummingbird
import JSON

/// What a supervisor asks: `/healthz` (the process answers) and `/readyz` (the log can be read and takes events).
struct HealthRoutes {
    let log: EventLog

    /// With the log's time, by which pages set their countdowns: deadlines are held against it.
    func health() -> Response { .json(["status": "alive", "time": .string("\(log.now)")]) }

    /// Tries again after an append that failed, at most once a second: a server that gets no requests while it is not
    /// ready would otherwise stay so. `secondsAhead` tells how far the log's time is ahead of the clock.
    ///
    /// - Throws: 503 with the reason, whatever an append would be answered.
    func ready() async throws(Problem) -> Response {
        do throws(AppendError) {
            try await log.probe()
        } catch {
            throw .unready(error.code.rawValue, error.message)
        }
        do throws(ReadError) {
            try log.checkReading()
        } catch {
            throw .unready("unreadable", "\(error)")
        }
        return .json([
            "status": "ready", "log": .string("\(log.id)"), "head": .number(JSONNumber(log.head.rawValue)),
            "durability": .string("\(log.durability)"),
            "secondsAhead": JSONNumber(log.timeAhead / .seconds(1)).map { JSONValue.number($0) } ?? .null,
        ])
    }
}

extension Problem {
    fileprivate static func unready(_ code: String, _ reason: String) -> Problem {
        var problem = Problem(.serviceUnavailable, code, reason)
        problem.headers[.retryAfter] = "1"
        return problem
    }
}
