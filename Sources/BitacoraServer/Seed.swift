import EventLog
import JSON

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Events to begin an empty log with: `products.jsonl`, `messages.jsonl` and, if there is one, `auctions.jsonl` of a
/// directory, an event a line.
///
/// They are dated two minutes apart, the last one now: prices rise over hours, and an auction can have closed.
enum Seed {
    /// Products first: messages may speak of them, and auctions are of them.
    private static let files = ["products.jsonl", "messages.jsonl", "auctions.jsonl"]
    private static let pace = Duration.seconds(120)

    /// Appends them in one transaction if the log is empty.
    ///
    /// - Returns: how many.
    /// - Throws: `ServerError` with the file and the line that is no event.
    static func plant(from directory: String, in log: EventLog) async throws(ServerError) -> Int {
        guard log.head < log.first else { return 0 }
        var events: [NewEvent] = []
        for file in files { events += try read(directory + "/" + file, isRequired: file != files.last) }
        guard !events.isEmpty else { return 0 }
        let now = Timestamp.now()
        for index in events.indices { events[index].time = now - pace * (events.count - 1 - index) }
        do throws(AppendError) {
            try await log.append(events)
        } catch {
            throw ServerError("the seed in \(directory) was refused: \(error)")
        }
        return events.count
    }

    private static func read(_ path: String, isRequired: Bool) throws(ServerError) -> [NewEvent] {
        guard isRequired || FileManager.default.fileExists(atPath: path) else { return [] }
        guard let text = try? Data(contentsOf: URL(filePath: path)) else {
            throw ServerError("the seed \(path) cannot be read; run from the project's directory, or leave --seed out")
        }
        var events: [NewEvent] = []
        // Blank lines count, and are no events.
        for (index, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        where !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) {
            do throws(Problem) {
                events.append(try [UInt8](line).span.bytes.withUnsafeBytes { json throws(Problem) in try NewEvent(json: json, place: "") })
            } catch {
                throw ServerError("\(path), line \(index + 1): \(error.detail)")
            }
        }
        return events
    }
}
