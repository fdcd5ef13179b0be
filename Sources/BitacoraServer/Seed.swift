import EventLog
import JSON

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Events to begin an empty log with: every `*.jsonl` of a directory, an event a line.
enum Seed {
    /// Products first: messages may speak of them.
    private static let files = ["products.jsonl", "messages.jsonl"]

    /// Appends them in one transaction if the log is empty.
    ///
    /// - Returns: how many.
    static func plant(from directory: String, in log: EventLog) async throws -> Int {
        guard log.head < log.first else { return 0 }
        var events: [NewEvent] = []
        for file in files {
            let path = directory + "/" + file
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw ServerError("the seed \(path) cannot be read; run from the project's directory, or leave --seed out")
            }
            for (index, line) in text.split(separator: "\n").enumerated() {
                do {
                    events.append(try NewEvent(json: try JSONValue(parsing: String(line)), defaultID: nil, place: ""))
                } catch let problem as Problem {
                    throw ServerError("\(path), line \(index + 1): \(problem.detail)")
                } catch {
                    throw ServerError("\(path), line \(index + 1): \(error)")
                }
            }
        }
        try await log.append(events)
        return events.count
    }
}
