import EventLog
import NIOCore

/// A bounded run of events as one JSON answer: `{"events":[…],"next":OFFSET,"head":OFFSET,"position":"LOGID:OFFSET"}`.
struct EventPage {
    /// Events of an answer, unless `limit` says otherwise.
    static let defaultLimit = 1000
    static let maximumLimit = 10_000
    /// An answer ends at the first event that brings it here.
    static let maximumBytes = 8 << 20

    /// The events, separated by commas.
    private(set) var events = ByteBuffer()
    private(set) var count = 0
    /// The last offset dealt with: what to ask for next.
    private(set) var next: Offset
    private(set) var head: Offset
    let reset: Reset?
    private let log: LogID

    static func limit(_ query: Query) throws(Problem) -> Int {
        guard let text = query["limit"] else { return defaultLimit }
        guard let limit = Offset(text).map({ Int(clamping: $0.rawValue) }), (1...maximumLimit).contains(limit) else {
            throw .invalid("limit", "'\(text)' is not a number of 1 … \(maximumLimit)")
        }
        return limit
    }

    static func read(_ subscription: EventSubscription, limit: Int, from log: EventLog) async throws(Problem) -> EventPage {
        do throws(ReadError) {
            let place = try await subscription.start.resolve(in: log, subscription.filter)
            var page = EventPage(next: place.after, head: log.head, reset: place.reset, log: log.id)
            try await page.extend(subscription.filter, limit: limit, from: log)
            return page
        } catch {
            throw Problem(error)
        }
    }

    private init(next: Offset, head: Offset, reset: Reset?, log: LogID) {
        self.next = next
        self.head = head
        self.reset = reset
        self.log = log
    }

    /// Goes on from `next` up to the newest head, or until the task is cancelled.
    mutating func extend(_ filter: EventFilter, limit: Int, from log: EventLog) async throws(ReadError) {
        head = log.head
        var writer = EventJSONWriter()
        while next < head, count < limit, events.readableBytes < Self.maximumBytes, !Task.isCancelled {
            next = try log.scan(after: next, through: head, filter: filter) { event in
                if count > 0 { events.writeInteger(UInt8(ascii: ",")) }
                events.writeWithUnsafeMutableBytes(minimumWritableBytes: writer.bound(event)) { bytes in
                    guard let start = bytes.baseAddress else { return 0 }
                    return writer.write(event, to: start)
                }
                count += 1
                return count < limit && events.readableBytes < Self.maximumBytes
            }
            // Where little matches this goes through much of the log: others have their turn in between.
            await Task.yield()
        }
    }

    func json(listName: StaticString = "events") -> ByteBuffer {
        var output = ByteBufferAllocator().buffer(capacity: events.readableBytes + 256)
        output.writeStaticString("{")
        if let reset {
            output.writeString(#""reset":{"reason":"\#(reset.reason.rawValue)","first":\#(reset.first),"head":\#(reset.head)},"#)
        }
        output.writeString("\"\(listName)\":[")
        output.writeImmutableBuffer(events)
        // `next` with the log's id: who asks with it is told should another log be here by then.
        output.writeString("],\"next\":\(next),\"head\":\(head),\"position\":\"\(Position(log: log, offset: next))\"}")
        return output
    }
}
