import EventLog
import Inspection
import Hummingbird
import HummingbirdCore
import WebSocket

/// Answers requests for pages of events.
struct EventPages: Sendable {
    let log: EventLog
    /// Limits how many long reads of the log run at once.
    let turns: WorkGate

    /// Reads the first piece of the page that a request asks for.
    ///
    /// A search backward through the log may be long: it ends when the client disconnects or closes its sending side. A
    /// search for a time is short, so a client that has only closed its sending side still gets its answer.
    func begin(_ subscription: EventSubscription, limit: Int, for client: ClientPresence) async throws -> EventPage {
        let (start, filter) = (subscription.start, subscription.filter)
        do {
            let searches = if case .last = start { try start.resolveAtOnce(in: log, filter) == nil } else { false }
            let resolved =
                searches
                ? try await search(start, filter, client) : try await start.resolve(in: log, filter, turns: turns)
            return try await EventPage.read(from: resolved, filter, limit: limit, in: log, turns)
        } catch let error as ReadError {
            throw Problem(error)
        }
    }

    private func search(
        _ start: StartPoint, _ filter: EventFilter, _ client: ClientPresence
    ) async throws -> ResolvedStart {
        try await client.whilePresent { try await start.resolve(in: log, filter, turns: turns) }
    }
}
