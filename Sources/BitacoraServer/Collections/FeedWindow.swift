import EventLog
import Inspection
import KeyedRows
import NIOCore

/// The rows of one query, with the groups of readers that follow them.
///
/// Belongs to the worker of the feeds.
final class FeedWindow {
    /// When the changes of a commit are this many bytes or more, the readers are sent them as readers that catch up, in
    /// several messages. Those of a window with a limit are always one message.
    static let maximumMessage = 1 << 20

    private struct GroupKey: Hashable {
        let loop: ObjectIdentifier
        let encoding: EventEncoding
    }

    private var window: LiveWindow
    private var offset: Offset
    /// Changes with the definition of the collection.
    private var generation: Int
    /// The offset that the members of the groups have been sent last.
    private var sent: Offset
    private var groups: [GroupKey: ReaderGroup] = [:]
    private var transfers: RecentTransfers
    private let counter: MessageCounter

    /// - Parameter counter: counts the messages that are encoded.
    init(_ window: LiveWindow, at offset: Offset, generation: Int, _ counter: MessageCounter) {
        (self.window, self.offset, self.generation, sent) = (window, offset, generation, offset)
        (transfers, self.counter) = (RecentTransfers(counter), counter)
    }

    var query: RowQuery { window.query }

    // MARK: Following the collection

    /// Moves to later rows of the same definition, and sends the changes to the members of the groups.
    ///
    /// - Parameter differences: to `state` from the rows of the collection that all windows were moved to before; nil to
    ///   find them.
    func advance(
        to state: CollectionState, _ differences: RowDifferences?, at offset: Offset, _ log: LogID,
        _ outbox: inout ReaderOutbox
    ) {
        defer { self.offset = offset }
        transfers.dropChanges()
        guard state.lastChange > window.state.lastChange else { return }
        let changes = if let differences { window.advance(by: differences) } else { window.advance(to: state) }
        guard let changes else {
            // The changes since an earlier copy of the rows are not known either.
            transfers = RecentTransfers(counter)
            return send(.catchUp, to: &outbox)
        }
        guard let operations = operations(changes) else { return send(.catchUp, to: &outbox) }
        guard !changes.isEmpty else { return }
        sendMessage(operations, at: offset, log, &outbox)
    }

    /// Begins again with the rows of another definition.
    func redefine(_ window: LiveWindow, at offset: Offset, generation: Int, _ outbox: inout ReaderOutbox) {
        (self.window, self.offset, self.generation, sent) = (window, offset, generation, offset)
        transfers = RecentTransfers(counter)
        // Their generation is an earlier one.
        send(.catchUp, to: &outbox)
    }

    /// Ends the delivery to all members.
    func end(_ reason: String, _ outbox: inout ReaderOutbox) { send(.end(reason), to: &outbox) }

    /// Sends the newest offset to idle readers, so that they resume after it; a comment when there is no newer offset.
    func keepAlive(_ log: LogID, _ outbox: inout ReaderOutbox) {
        groups = groups.filter { $0.value.hasReaders }
        transfers.dropChanges()
        guard sent == offset else { return sendMessage([], at: offset, log, &outbox) }
        for (key, group) in groups where key.encoding == .serverSentEvents {
            outbox.append(.keepAlive(ServerSentEventEncoder.keepAlive), to: group)
        }
    }

    private func sendMessage(
        _ operations: [UInt8], at offset: Offset, _ log: LogID, _ outbox: inout ReaderOutbox
    ) {
        sent = offset
        var messages: [EventEncoding: ByteBuffer] = [:]
        for (key, group) in groups where group.hasReaders {
            let message = messages[key.encoding] ?? message(operations, at: offset, log, key.encoding)
            messages[key.encoding] = message
            outbox.append(.message(message, offset: offset), to: group)
        }
    }

    private func message(
        _ operations: [UInt8], at offset: Offset, _ log: LogID, _ encoding: EventEncoding
    ) -> ByteBuffer {
        counter.increment()
        var bytes = ByteBuffer()
        encoding.appendChanges(operations, at: offset, log, to: &bytes)
        return bytes
    }

    private func send(_ delivery: ReaderGroup.Delivery, to outbox: inout ReaderOutbox) {
        sent = offset
        for group in groups.values where group.hasReaders { outbox.append(delivery, to: group) }
    }

    /// - Returns: nil when the changes are too long for one message.
    private func operations(_ changes: [RowChange]) -> [UInt8]? {
        let writer = RowWriter(window.state)
        var output: [UInt8] = []
        for (index, change) in changes.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            writer.write(change, into: &output)
            guard output.count < Self.maximumMessage || changes.count == 1 || query.limit != nil else { return nil }
        }
        return output
    }

    // MARK: Catching up

    /// Answers a reader.
    func answer(_ request: RowRequest, _ log: EventLog, _ collection: ServedCollection) -> RowAnswer {
        // Rows of another definition cannot be brought up to date.
        let isCurrent = request.generation == nil || request.generation == generation
        let catchUp = RowCatchUp(
            window: window, offset: offset, log: log.id, first: log.first, collection: collection,
            encoding: request.encoding)
        let step = catchUp.step(isCurrent ? request.progress : .nothing(.definition), &transfers)
        return RowAnswer(step: step, generation: generation, group: group(of: request))
    }

    private func group(of request: RowRequest) -> ReaderGroup {
        let key = GroupKey(loop: ObjectIdentifier(request.loop), encoding: request.encoding)
        let group = groups[key] ?? ReaderGroup(loop: request.loop, encoding: request.encoding)
        groups[key] = group
        // The reader may belong to a group of an earlier window of the same query.
        if group !== request.group { group.admitReader() }
        return group
    }
}

/// What a reader asks the worker of the feeds for.
struct RowRequest: Sendable {
    let reservation: WindowReservation
    /// What the reader has.
    let progress: RowProgress
    /// The generation of the last answer; nil for the first request.
    let generation: Int?
    /// The group of the last answer; nil for the first request.
    let group: ReaderGroup?
    let encoding: EventEncoding
    let loop: any EventLoop
    let reader: NIOLoopBound<CollectionReader>

    func answer(_ answer: RowAnswer) { loop.execute { [reader] in reader.value.received(answer) } }

    func end(_ reason: String) { loop.execute { [reader] in reader.value.received(end: reason) } }
}

/// The next message for a reader.
struct RowAnswer: Sendable {
    let step: RowCatchUp.Step
    let generation: Int
    /// The group that the reader now belongs to: when it is another one than before, the reader leaves that one.
    let group: ReaderGroup
}
