import EventLog
import NIOCore
import Synchronization

/// The readers of one window on one event loop that receive the same bytes.
///
/// A message costs one write for each member. A member whose connection is not writable leaves; it keeps only its offset,
/// and catches up when the connection is writable again.
final class ReaderGroup: @unchecked Sendable {  // `members` belongs to `loop`
    /// What happens to the members.
    enum Delivery: Sendable {
        /// A message, after which the members have the rows as of `offset`.
        case message(ByteBuffer, offset: Offset)
        /// Bytes that change nothing, for an idle connection.
        case keepAlive(ByteBuffer)
        /// The members are no longer up to date, and ask for what they lack.
        case catchUp
        /// The rows cannot be followed any more.
        case end(String)
    }

    let loop: any EventLoop
    let encoding: EventEncoding
    private var members: [CollectionReader] = []
    /// The number of readers that belong to the group, as members or while they catch up.
    private let readers = Atomic(0)

    init(loop: any EventLoop, encoding: EventEncoding) {
        self.loop = loop
        self.encoding = encoding
    }

    /// Whether messages are wanted.
    var hasReaders: Bool { readers.load(ordering: .acquiring) > 0 }

    /// Counts a reader that belongs to the group. Called by the worker of the feeds only.
    func admitReader() { readers.wrappingAdd(1, ordering: .acquiringAndReleasing) }

    /// Counts a reader that no longer belongs to the group. May be called on any thread.
    func releaseReader() { readers.wrappingSubtract(1, ordering: .acquiringAndReleasing) }

    // MARK: On the loop

    /// Adds a reader that has the rows of the window.
    ///
    /// - Returns: the index of the member, for `leave`.
    func join(_ reader: CollectionReader) -> Int {
        members.append(reader)
        return members.count - 1
    }

    /// Removes a member.
    func leave(at index: Int) {
        guard let last = members.popLast(), index < members.count else { return }
        members[index] = last
        last.moved(to: index)
    }

    func deliver(_ delivery: Delivery) {
        // A write may end a connection and so remove a member: iterate over a copy of the members.
        for member in members { member.deliver(delivery) }
    }
}

/// What the members of groups get after one commit: one hop to each event loop.
struct ReaderOutbox {
    private struct Batch {
        let loop: any EventLoop
        var deliveries: [(group: ReaderGroup, delivery: ReaderGroup.Delivery)] = []
    }

    private var batches: [ObjectIdentifier: Batch] = [:]

    mutating func append(_ delivery: ReaderGroup.Delivery, to group: ReaderGroup) {
        batches[ObjectIdentifier(group.loop), default: Batch(loop: group.loop)].deliveries.append((group, delivery))
    }

    /// Passes the deliveries to the event loops.
    mutating func flush() {
        for batch in batches.values {
            let deliveries = batch.deliveries
            batch.loop.execute {
                for (group, delivery) in deliveries { group.deliver(delivery) }
            }
        }
        batches = [:]
    }
}
