import EventLog
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
    /// A walk back through the log may be long: it ends when the client disconnects or closes its sending side. A search
    /// for a time is short, so a client that has only closed its sending side still gets its answer.
    func begin(_ subscription: EventSubscription, limit: Int, for client: DisconnectWatcher) async throws -> EventPage {
        let (start, filter) = (subscription.start, subscription.filter)
        do {
            let walks = if case .last = start { try start.resolveAtOnce(in: log, filter) == nil } else { false }
            let place =
                walks ? try await walk(start, filter, client) : try await start.resolve(in: log, filter, turns: turns)
            return try await EventPage.read(at: place, filter, limit: limit, from: log, turns)
        } catch let error as ReadError {
            throw Problem(error)
        }
    }

    private func walk(
        _ start: StartPoint, _ filter: EventFilter, _ client: DisconnectWatcher
    ) async throws -> StartPoint.Place {
        try await client.withCancellationOnDisconnect { try await start.resolve(in: log, filter, turns: turns) }
    }
}
