import EventLog
import Hummingbird
import HummingbirdCore

/// Answers requests for pages of events.
struct EventPages: Sendable {
    let log: EventLog
    /// Limits how many long reads of the log run at once.
    let turns: WorkGate

    /// A page with its first piece, and whether its answer is the last one of the connection.
    struct Begun {
        let page: EventPage
        let endsConnection: Bool
    }

    /// Reads the first piece of the page that a request asks for.
    ///
    /// A long search for the beginning of the page ends when the client disconnects. To notice that, the connection is read,
    /// so it cannot carry another request.
    func begin(_ subscription: EventSubscription, limit: Int, for request: Request) async throws -> Begun {
        let (start, filter) = (subscription.start, subscription.filter)
        do {
            let walks = if case .last = start { try start.resolveAtOnce(in: log, filter) == nil } else { false }
            let place = walks ? try await walk(start, filter, request) : try await start.resolve(in: log, filter, turns: turns)
            return Begun(page: try await EventPage.read(at: place, filter, limit: limit, from: log, turns), endsConnection: walks)
        } catch let error as ReadError {
            throw Problem(error)
        }
    }

    private func walk(_ start: StartPoint, _ filter: EventFilter, _ request: Request) async throws -> StartPoint.Place {
        try await request.body.consumeWithCancellationOnInboundClose { _ in try await start.resolve(in: log, filter, turns: turns) }
    }

    func answer(_ begun: Begun, listName: StaticString = "events") -> Response {
        var response = begun.page.response(listName: listName, turns)
        if begun.endsConnection { response.headers[.connection] = "close" }
        return response
    }
}
