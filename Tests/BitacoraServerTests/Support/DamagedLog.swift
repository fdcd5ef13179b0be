import EventLog
import TestSupport

/// Runs `body` with a new log in which some events are damaged, and closes and removes the log.
///
/// - Parameters:
///   - events: the events of the log.
///   - offsets: the offsets of the events that are damaged; the last event must stay intact, as a writer opens the log.
func withDamagedLog<Result>(
    of events: [NewEvent], damaged offsets: [UInt64], _ body: (EventLog) async throws -> Result
) async throws -> Result {
    try await withTemporaryDirectory { directory in
        let intact = try EventLog(directory: directory)
        try await intact.append(events)
        intact.close()
        try DamagedRecords.damage(offsets, in: directory)
        let log = try EventLog(directory: directory)
        defer { log.close() }
        return try await body(log)
    }
}
