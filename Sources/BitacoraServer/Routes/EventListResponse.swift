import EventLog
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Inspection
import NIOCore
import WebSocket

/// A limited run of events as one JSON answer: `{"events":[…],"next":OFFSET,"head":OFFSET,"position":"LOGID:OFFSET"}`.
///
/// The answer is read from the log and written in pieces, at the speed at which the client reads: for a client that
/// reads nothing the server holds one piece, apart from the system's buffers.
///
/// The number of events does not say whether there are more. An answer has fewer than `limit` events at the end of the
/// log, at about 8 MiB of JSON (`maximumBytes`), after 1,048,576 examined events (`maximumExamined`), and before a
/// damaged event. `next` decides: while `next` is less than `head`, the client asks again with `next`, or better
/// `position`, as `after`.
struct EventListResponse: Sendable {
    /// The maximum number of events of an answer without `limit`.
    static let defaultLimit = 1000
    /// The largest `limit`.
    static let maximumLimit = 10_000
    /// An answer ends with the event that makes its events this many bytes or more.
    static let maximumBytes = 8 << 20
    /// The maximum number of events that are examined for one answer, which takes about a tenth of a second.
    static let maximumExamined: UInt64 = 1 << 20
    /// A piece ends with the event that makes the piece this many bytes or more.
    private static let pieceBytes = 64 << 10

    /// The number of events that have been read.
    private(set) var count = 0
    /// The last offset that was examined; the next request sends it as `after`.
    private(set) var next: Offset
    /// The head of the log when the answer was begun.
    private(set) var head: Offset
    /// The reset that the answer begins with; nil for none.
    let reset: Reset?
    private let log: EventLog
    private let filter: EventFilter
    private let limit: Int
    /// The JSON of the events that have been read and not yet written, separated by commas.
    private var piece = ByteBuffer()
    private var bytesTaken = 0
    private var hasBegun = false
    /// The last offset that is examined for this answer.
    private var end: Offset
    /// Whether reading failed after some events: the answer ends there, and the next request gets the error.
    private var isCut = false

    /// The parameter `limit` of a request.
    static func limit(_ query: Query) throws(Problem) -> Int {
        guard let text = query["limit"] else { return defaultLimit }
        guard let limit = Offset(text).map({ Int(clamping: $0.rawValue) }), (1...maximumLimit).contains(limit) else {
            throw .invalid("limit", "'\(text)' is not a number of events; write a number from 1 to \(maximumLimit)")
        }
        return limit
    }

    /// Reads the first piece of an answer that begins at `start`.
    static func read(
        from start: ResolvedStart, _ filter: EventFilter, limit: Int, in log: EventLog, _ limiter: ConcurrencyLimiter
    ) async throws -> EventListResponse {
        var list = EventListResponse(start, filter, limit: limit, log)
        try await list.read(limiter)
        return list
    }

    private init(_ start: ResolvedStart, _ filter: EventFilter, limit: Int, _ log: EventLog) {
        (next, reset) = (start.after, start.reset)
        (self.filter, self.limit, self.log) = (filter, limit, log)
        head = log.head
        end = Self.end(next)
    }

    private static func end(_ next: Offset) -> Offset {
        Offset(next.rawValue.addingReportingOverflow(maximumExamined).overflow ? .max : next.rawValue + maximumExamined)
    }

    /// Whether everything has been read for this answer.
    var isWhole: Bool {
        isCut || next >= min(head, end) || count >= limit || bytesTaken + piece.readableBytes >= Self.maximumBytes
    }

    private var isFull: Bool { piece.readableBytes >= Self.pieceBytes }

    /// Reads the events up to the log's new head, for an answer that is still empty.
    mutating func readNewEvents(_ limiter: ConcurrencyLimiter) async throws {
        head = log.head
        end = Self.end(next)
        try await read(limiter)
    }

    /// Reads the next piece.
    ///
    /// When few events match, this takes many steps; `limiter` limits how many of them run at once.
    mutating func read(_ limiter: ConcurrencyLimiter) async throws {
        // Events that may have to be read from the disk are read on other threads than those that serve all requests.
        if !isWhole, log.isRecent(next) { try step() }
        while !isWhole, !isFull {
            let list = self
            do {
                self = try await limiter.run {
                    var list = list
                    try list.step()
                    return list
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
            next = try log.scan(after: next, through: min(head, end), filter: filter) { event in
                if count > 0 { piece.writeInteger(UInt8(ascii: ",")) }
                writer.append(event, to: &piece)
                count += 1
                written = event.offset
                return count < limit && piece.readableBytes < Self.pieceBytes
                    && taken + piece.readableBytes < Self.maximumBytes
            }
        } catch {
            guard count > 0 else { throw Problem(error) }
            // The events before the error are in the answer; the next request begins at the error and reports it.
            next = written ?? next
            isCut = true
        }
    }

    /// The response: one buffer if the answer has one piece, otherwise a body that is read as the client reads it.
    func response(listName: StaticString = "events", _ limiter: ConcurrencyLimiter) -> Response {
        var list = self
        let first = list.take(listName)
        guard !list.isWhole else { return .json(first) }
        let rest = list
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody { writer in
                try await writer.write(first)
                var list = rest
                while !list.isWhole {
                    try await list.read(limiter)
                    try await writer.write(list.take(listName))
                }
                try await writer.finish(nil)
            })
    }

    /// Takes the next part of the JSON: the events that were read since the last call, with the beginning and the end
    /// of the answer.
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

/// Reads the events that requests ask for.
struct EventListReader: Sendable {
    let log: EventLog
    /// Limits how many long reads of the log run at once.
    let limiter: ConcurrencyLimiter

    /// Reads the first piece of the answer to a request.
    ///
    /// A search backward through the log may be long: it ends when the client disconnects or closes its sending side. A
    /// search for a time is short, so a client that has only closed its sending side still gets its answer.
    func begin(
        _ subscription: EventSubscription, limit: Int, for client: DisconnectWatcher
    ) async throws -> EventListResponse {
        let (start, filter) = (subscription.start, subscription.filter)
        do {
            let searches = if case .last = start { try start.resolveAtOnce(in: log, filter) == nil } else { false }
            let resolved =
                searches
                ? try await search(start, filter, client)
                : try await start.resolve(in: log, filter, readLimiter: limiter)
            return try await EventListResponse.read(from: resolved, filter, limit: limit, in: log, limiter)
        } catch let error as ReadError {
            throw Problem(error)
        }
    }

    private func search(
        _ start: StartPoint, _ filter: EventFilter, _ client: DisconnectWatcher
    ) async throws -> ResolvedStart {
        try await client.withCancellationOnDisconnect { try await start.resolve(in: log, filter, readLimiter: limiter) }
    }
}
