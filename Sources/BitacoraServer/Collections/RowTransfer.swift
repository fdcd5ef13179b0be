import EventLog
import KeyedRows
import NIOCore

/// Changes, or all rows of a window, that readers are sent in several messages.
///
/// Readers that begin at about the same time share one transfer, whose messages are encoded once for each encoding.
final class RowTransfer: @unchecked Sendable {  // `messages` belongs to the worker of the feeds
    /// A message ends with the change that makes its operations this many bytes or more.
    static let messageBytes = 56 << 10
    /// The maximum number of bytes of the encoded messages that are kept for other readers; more are encoded again.
    private static let maximumKept = 8 << 20

    /// One message of a transfer.
    struct Message {
        let bytes: ByteBuffer
        /// The index of the first change after the message.
        let next: Int
    }

    private enum Content {
        case changes([RowChange])
        case rows(LiveWindow)
    }

    private struct Place: Hashable {
        let index: Int
        let encoding: EventEncoding
    }

    /// Where a reader resumes whose connection ends during the transfer: 0 for all rows, because the reader may then have
    /// any part of them.
    let start: Offset
    /// With the whole transfer, the reader has the rows as of this offset.
    let end: Offset
    /// The number of changes.
    let count: Int
    private let content: Content
    private let writer: RowWriter
    private let counter: MessageCounter
    /// Whether everything is sent in one message.
    private let isOneMessage: Bool
    private var messages: [Place: Message] = [:]
    private var keptBytes = 0

    /// The changes of a window since an offset.
    ///
    /// The rows of a window with a limit depend on one another, so they change in one message; they are few.
    ///
    /// - Parameter counter: counts the messages that are encoded.
    init(
        _ changes: [RowChange], of window: LiveWindow, from start: Offset, to end: Offset, _ counter: MessageCounter
    ) {
        (self.start, self.end, count) = (start, end, changes.count)
        self.counter = counter
        content = .changes(changes)
        writer = RowWriter(window.state)
        isOneMessage = window.query.limit != nil
    }

    /// All rows of a window. Shares its memory with the window, apart from what changes later.
    init(allOf window: LiveWindow, at offset: Offset, _ counter: MessageCounter) {
        (start, end, count) = (.start, offset, window.count)
        self.counter = counter
        content = .rows(window)
        writer = RowWriter(window.state)
        isOneMessage = false
    }

    /// The message that begins with the change at an index less than `count`.
    func message(from first: Int, _ encoding: EventEncoding, _ log: LogID) -> Message {
        let place = Place(index: first, encoding: encoding)
        if let message = messages[place] { return message }
        counter.increment()
        let (operations, next) = operations(from: first)
        var bytes = ByteBuffer()
        encoding.appendChanges(operations, at: next < count ? start : end, log, to: &bytes)
        let message = Message(bytes: bytes, next: next)
        if keptBytes + bytes.readableBytes <= Self.maximumKept {
            keptBytes += bytes.readableBytes
            messages[place] = message
        }
        return message
    }

    private func operations(from first: Int) -> (bytes: [UInt8], next: Int) {
        var bytes: [UInt8] = []
        var next = first
        func append(_ change: RowChange) -> Bool {
            if next > first { bytes.append(UInt8(ascii: ",")) }
            writer.write(change, into: &bytes)
            next += 1
            return isOneMessage || bytes.count < Self.messageBytes
        }
        switch content {
        case .changes(let changes):
            for change in changes[first...] {
                guard append(change) else { break }
            }
        case .rows(let window): window.visitRows(from: first) { append(.put($0, before: nil)) }
        }
        return (bytes, next)
    }
}

/// The newest transfers of a window, for readers that need the same.
///
/// Belongs to the worker of the feeds.
struct RecentTransfers {
    /// How long a copy of all rows is used for further readers, although the rows have changed in the meantime.
    private static let maximumAge = Duration.seconds(1)

    /// The newest copy of all rows, which stays in memory only as long as a reader receives the copy.
    private weak var copy: RowTransfer?
    private var copied = ContinuousClock.now
    private var changes: RowTransfer?
    private let counter: MessageCounter

    /// - Parameter counter: counts the messages that are encoded.
    init(_ counter: MessageCounter) { self.counter = counter }

    /// All rows, as of now or a moment ago.
    mutating func rows(of window: LiveWindow, at offset: Offset) -> RowTransfer {
        if let copy, copy.end == offset || copied.duration(to: .now) < Self.maximumAge { return copy }
        let transfer = RowTransfer(allOf: window, at: offset, counter)
        (copy, copied) = (transfer, .now)
        return transfer
    }

    /// The changes since an offset; nil when they are not known.
    mutating func changes(of window: LiveWindow, since start: Offset, at offset: Offset) -> RowTransfer? {
        if let changes, changes.start == start, changes.end == offset { return changes }
        changes = window.changes(since: start).map { RowTransfer($0, of: window, from: start, to: offset, counter) }
        return changes
    }

    /// Releases the changes, which are of use only as long as the window does not change.
    mutating func dropChanges() { changes = nil }
}
