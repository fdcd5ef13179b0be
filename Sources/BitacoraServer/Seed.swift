import Embedded
import EventLog
import JSON

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Events to begin an empty log with: the files `products.jsonl`, `messages.jsonl` and, if there is one,
/// `auctions.jsonl`, an event a line.
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
    static func plant(from source: SeedSource, in log: EventLog) async throws(ServerError) -> Int {
        guard log.head < log.first else { return 0 }
        var events = try events(of: source)
        guard !events.isEmpty else { return 0 }
        let now = Timestamp.now()
        for index in events.indices { events[index].time = now - pace * (events.count - 1 - index) }
        do throws(AppendError) {
            try await log.append(events)
        } catch {
            throw refusal(error)
        }
        return events.count
    }

    /// Checks the events of a seed as `plant` does, but needs no log.
    ///
    /// - Throws: `ServerError`, as `plant`.
    static func check(_ source: SeedSource, _ limits: EventLimits) throws(ServerError) {
        let events = try events(of: source)
        guard !events.isEmpty else { return }
        do throws(AppendError) {
            _ = try PreparedEvents(events, limits)
        } catch {
            throw refusal(error)
        }
    }

    private static func events(of source: SeedSource) throws(ServerError) -> [NewEvent] {
        var events: [NewEvent] = []
        for file in files { events += try read(file, of: source, isRequired: file != files.last) }
        return events
    }

    private static func refusal(_ error: AppendError) -> ServerError { ServerError("the seed was refused: \(error)") }

    /// - Returns: the bytes of a file and its name for errors; nil when an optional file does not exist.
    private static func contents(
        _ file: String, of source: SeedSource, isRequired: Bool
    ) throws(ServerError) -> (path: String, bytes: [UInt8])? {
        switch source {
        case .demo:
            return EmbeddedFiles.all["\(EmbeddedFiles.seed)/\(file)"].map { (file, $0) }
        case .directory(let directory):
            let path = directory + "/" + file
            guard isRequired || FileManager.default.fileExists(atPath: path) else { return nil }
            guard let data = try? Data(contentsOf: URL(filePath: path)) else {
                throw ServerError(
                    "the seed \(path) cannot be read; pass a --seed-from directory that has it, or leave --seed-from out for the demo events"
                )
            }
            return (path, [UInt8](data))
        }
    }

    private static func read(_ file: String, of source: SeedSource, isRequired: Bool) throws(ServerError) -> [NewEvent]
    {
        guard let (path, text) = try contents(file, of: source, isRequired: isRequired) else { return [] }
        var events: [NewEvent] = []
        // Blank lines count, and are no events.
        for (index, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        where !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) {
            do throws(Problem) {
                events.append(
                    try [UInt8](line).span.bytes.withUnsafeBytes { json throws(Problem) in
                        try NewEvent(json: json, place: "")
                    })
            } catch {
                throw ServerError("\(path), line \(index + 1): \(error.detail)")
            }
        }
        return events
    }
}
