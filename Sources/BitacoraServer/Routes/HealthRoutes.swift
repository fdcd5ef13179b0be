import EventLog
import HTTPTypes
import Hummingbird
import JSON

/// What a supervisor asks: `/healthz` (the process answers) and `/readyz` (the log can be read and takes events).
struct HealthRoutes {
    let log: EventLog

    /// Answers with the log's time, which decides deadlines: pages set their countdowns by it.
    func health() -> Response { .json(["status": "alive", "time": .string("\(log.now)")]) }

    /// Answers 200 if the log can be read and takes events. `secondsAhead` is how far its time is ahead of the clock.
    ///
    /// After a failed append this tries to write, at most once a second: a server that is not ready gets no requests whose
    /// appends could try.
    ///
    /// - Throws: 503 with the reason, also where an append would be answered with another status.
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
