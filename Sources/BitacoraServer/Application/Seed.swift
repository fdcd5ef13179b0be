import EventLog
import JSON

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The events that an empty log begins with: the seed files of the application, an event a line.
///
/// The events are dated two minutes apart, the last one now, so that pages show a history.
struct Seed {
    private static let pace = Duration.seconds(120)

    /// The events without times, read and checked.
    private let events: [NewEvent]

    /// Reads and checks the events.
    ///
    /// - Parameters:
    ///   - files: the seed files of the application, in the order in which their events are appended.
    ///   - source: where the files are read.
    /// - Throws: `ServerError` with the file and the line of the first event that is not valid.
    init(_ files: [SeedFile], from source: SeedSource, _ limits: EventLimits) throws(ServerError) {
        var events: [NewEvent] = []
        for file in files { events += try Self.events(in: file, of: source) }
        self.events = events
        guard !events.isEmpty else { return }
        do throws(AppendError) {
            _ = try PreparedEvents(events, limits)
        } catch {
            throw Self.refusal(error)
        }
    }

    /// Appends the events in one transaction if the log is empty.
    ///
    /// - Returns: the number of events that were appended.
    func append(to log: EventLog) async throws(ServerError) -> Int {
        guard log.head < log.first, !events.isEmpty else { return 0 }
        let now = Timestamp.now()
        var events = events
        for index in events.indices { events[index].time = now - Self.pace * (events.count - 1 - index) }
        do throws(AppendError) {
            try await log.append(events)
        } catch {
            throw Self.refusal(error)
        }
        return events.count
    }

    private static func refusal(_ error: AppendError) -> ServerError { ServerError("the seed was refused: \(error)") }

    /// - Returns: the bytes of a file and its path for errors; nil when an optional file does not exist.
    private static func contents(
        of file: SeedFile, in source: SeedSource
    ) throws(ServerError) -> (path: String, bytes: [UInt8])? {
        switch source {
        case .demo: return (file.name, file.contents)
        case .directory(let directory):
            let path = directory + "/" + file.name
            guard file.isRequired || FileManager.default.fileExists(atPath: path) else { return nil }
            guard let data = try? Data(contentsOf: URL(filePath: path)) else {
                throw ServerError(
                    "the seed \(path) cannot be read; pass a --seed-from directory that has it, or leave --seed-from out for the demo events"
                )
            }
            return (path, [UInt8](data))
        }
    }

    private static func events(in file: SeedFile, of source: SeedSource) throws(ServerError) -> [NewEvent] {
        guard let (path, text) = try contents(of: file, in: source) else { return [] }
        var events: [NewEvent] = []
        // Blank lines are skipped, and counted in the numbers of lines.
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
