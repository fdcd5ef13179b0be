import EventLog
import JSON

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The events that are appended to an empty log: the seed files of the application, one event a line.
///
/// The events are dated two minutes apart, the last one now, so that pages show a history.
struct Seed {
    private static let interval = Duration.seconds(120)

    /// The events, checked, without their times.
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
            throw Self.serverError(error)
        }
    }

    /// Appends the events in one transaction if the log is empty.
    ///
    /// - Returns: the number of events that were appended.
    func append(to log: EventLog) async throws(ServerError) -> Int {
        guard log.head < log.first, !events.isEmpty else { return 0 }
        let now = Timestamp.now()
        var events = events
        for index in events.indices { events[index].time = now - Self.interval * (events.count - 1 - index) }
        do throws(AppendError) {
            try await log.append(events)
        } catch {
            throw Self.serverError(error)
        }
        return events.count
    }

    private static func serverError(_ error: AppendError) -> ServerError {
        ServerError("the seed events cannot be appended: \(error)")
    }

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
                    "the seed file \(path) cannot be read; pass the directory of this file with --seed-from, or remove --seed-from to use the demo events"
                )
            }
            return (path, [UInt8](data))
        }
    }

    private static func events(in file: SeedFile, of source: SeedSource) throws(ServerError) -> [NewEvent] {
        guard let (path, text) = try contents(of: file, in: source) else { return [] }
        var events: [NewEvent] = []
        // Blank lines are skipped, but the line numbers of errors count them.
        for (index, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        where !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) {
            do throws(Problem) {
                events.append(
                    try [UInt8](line).span.bytes.withUnsafeBytes { json throws(Problem) in
                        try NewEvent(json: json, path: "")
                    })
            } catch {
                throw ServerError("\(path), line \(index + 1): \(error.detail)")
            }
        }
        return events
    }
}
