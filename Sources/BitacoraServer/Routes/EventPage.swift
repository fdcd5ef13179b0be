import EventLog
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Inspection
import NIOCore
import WebSocket

/// A bounded run of events as one JSON answer: `{"events":[…],"next":OFFSET,"head":OFFSET,"position":"LOGID:OFFSET"}`.
///
/// The answer is read and written a piece at a time, as its client takes it: for a client that reads nothing the server
/// holds one piece, beside the system's buffers.
///
/// The number of events does not say whether there are more. A page has fewer than `limit` events at the end of the log,
/// at about 8 MiB of JSON (`maximumBytes`), after 1,048,576 examined events (`maximumLooked`), and before a damaged
/// event. `next` decides: while `next` is less than `head`, the client asks again with `next`, or better `position`, as
/// `after`.
struct EventPage: Sendable {
    /// The most events of an answer without `limit`.
    static let defaultLimit = 1000
    static let maximumLimit = 10_000
    /// An answer ends with the event that brings its events to this many bytes.
    static let maximumBytes = 8 << 20
    /// The most events that are examined for one answer; takes about a tenth of a second.
    static let maximumLooked: UInt64 = 1 << 20
    /// A piece ends with the event that brings it to this many bytes.
    private static let pieceBytes = 64 << 10

    /// How many events have been read.
    private(set) var count = 0
    /// The last offset that was examined: the next request's `after`.
    private(set) var next: Offset
    private(set) var head: Offset
    let reset: Reset?
    private let log: EventLog
    private let filter: EventFilter
    private let limit: Int
    /// The JSON of events that have been read and not yet taken, separated by commas.
    private var piece = ByteBuffer()
    private var bytesTaken = 0
    private var hasBegun = false
    /// The last offset that is examined for this answer.
    private var bound: Offset
    /// Whether reading failed after some events: the answer ends there, and the next request gets the error.
    private var isCut = false

    static func limit(_ query: Query) throws(Problem) -> Int {
        guard let text = query["limit"] else { return defaultLimit }
        guard let limit = Offset(text).map({ Int(clamping: $0.rawValue) }), (1...maximumLimit).contains(limit) else {
            throw .invalid("limit", "'\(text)' is not a number of events; write a number from 1 to \(maximumLimit)")
        }
        return limit
    }

    /// A page that begins at `start`, with its first piece.
    static func read(
        from start: ResolvedStart, _ filter: EventFilter, limit: Int, in log: EventLog, _ gate: WorkGate
    ) async throws -> EventPage {
        var page = EventPage(start, filter, limit: limit, log)
        try await page.read(gate)
        return page
    }

    private init(_ start: ResolvedStart, _ filter: EventFilter, limit: Int, _ log: EventLog) {
        (next, reset) = (start.after, start.reset)
        (self.filter, self.limit, self.log) = (filter, limit, log)
        head = log.head
        bound = Self.bound(next)
    }

    private static func bound(_ next: Offset) -> Offset {
        Offset(next.rawValue.addingReportingOverflow(maximumLooked).overflow ? .max : next.rawValue + maximumLooked)
    }

    /// Whether nothing is left to be read for this answer.
    var isWhole: Bool {
        isCut || next >= min(head, bound) || count >= limit || bytesTaken + piece.readableBytes >= Self.maximumBytes
    }

    private var isFull: Bool { piece.readableBytes >= Self.pieceBytes }

    /// Reads the events up to the log's new head, for a page that is still empty.
    mutating func readOn(_ gate: WorkGate) async throws {
        head = log.head
        bound = Self.bound(next)
        try await read(gate)
    }

    /// Reads the next piece.
    ///
    /// Where little matches, this takes many steps; `gate` limits how many of all requests run at once.
    mutating func read(_ gate: WorkGate) async throws {
        // Events that may have to come from the disk are read by other threads than those that serve all requests.
        if !isWhole, log.isRecent(next) { try step() }
        while !isWhole, !isFull {
            let page = self
            do {
                self = try await gate.run {
                    var page = page
                    try page.step()
                    return page
                }
            } catch is CancellationError {
                // The events that have been read can still be sent.
                return
            }
        }
    }

    /// Reads the next events, in one short read transaction.
    private mutating func step() throws(Problem) {
        var writer = EventJSONWriter()
        let (limit, taken) = (limit, bytesTaken)
        var written: Offset?
        do throws(ReadError) {
            next = try log.scan(after: next, through: min(head, bound), filter: filter) { event in
                if count > 0 { piece.writeInteger(UInt8(ascii: ",")) }
                piece.writeWithUnsafeMutableBytes(minimumWritableBytes: writer.bound(event)) { bytes in
                    guard let start = bytes.baseAddress else { return 0 }
                    return writer.write(event, to: start)
                }
                count += 1
                written = event.offset
                return count < limit && piece.readableBytes < Self.pieceBytes
                    && taken + piece.readableBytes < Self.maximumBytes
            }
        } catch {
            guard count > 0 else { throw Problem(error) }
            // What was read before the fault is in the page: the next request begins at the fault and gets the error.
            next = written ?? next
            isCut = true
        }
    }

    /// The answer: a buffer if it has one piece, else a body that is read as the client takes it.
    func response(listName: StaticString = "events", _ gate: WorkGate) -> Response {
        var page = self
        let first = page.take(listName)
        guard !page.isWhole else { return .json(first) }
        let rest = page
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody { writer in
                try await writer.write(first)
                var page = rest
                while !page.isWhole {
                    try await page.read(gate)
                    try await writer.write(page.take(listName))
                }
                try await writer.finish(nil)
            })
    }

    /// Takes the next part of the JSON: the events read since the last call, with the beginning and the end of the page.
    mutating func take(_ listName: StaticString = "events") -> ByteBuffer {
        var output = ByteBufferAllocator().buffer(capacity: piece.readableBytes + 256)
        if !hasBegun { begin(listName, &output) }
        bytesTaken += piece.readableBytes
        output.writeBuffer(&piece)
        piece.clear()
        // `next` with the log's id: a client that asks with it gets `reset` if the log has been replaced.
        if isWhole {
            output.writeString(
                "],\"next\":\(next),\"head\":\(head),\"position\":\"\(Position(log: log.id, offset: next))\"}")
        }
        return output
    }

    private mutating func begin(_ listName: StaticString, _ output: inout ByteBuffer) {
        hasBegun = true
        output.writeStaticString("{")
        if let reset {
            output.writeString(
                #""reset":{"reason":"\#(reset.reason.rawValue)","first":\#(reset.first),"head":\#(reset.head)},"#)
        }
        output.writeString("\"\(listName)\":[")
    }
}

/// Answers requests for pages of events.
struct EventPages: Sendable {
    let log: EventLog
    /// Limits how many long reads of the log run at once.
    let turns: WorkGate

    /// Reads the first piece of the page that a request asks for.
    ///
    /// A search backward through the log may be long: it ends when the client disconnects or closes its sending side. A
    /// search for a time is short, so a client that has only closed its sending side still gets its answer.
    func begin(_ subscription: EventSubscription, limit: Int, for client: DisconnectWatcher) async throws -> EventPage {
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
        _ start: StartPoint, _ filter: EventFilter, _ client: DisconnectWatcher
    ) async throws -> ResolvedStart {
        try await client.withCancellationOnDisconnect { try await start.resolve(in: log, filter, turns: turns) }
    }
}
