import NIOCore

/// Something that may take too long. One node of a ``DeadlineList``; belongs to an event loop.
final class Deadline {
    enum Kind: Int, CaseIterable {
        /// When the client is pinged.
        case ping
        /// When its pong must have come.
        case pong
        /// When it must have taken something.
        case stall
        /// When a WebSocket must have become the transport.
        case upgrade
        /// When a closed session's last bytes must have been fetched.
        case farewell
    }

    /// Told when the time has come. It cancels its deadlines before it goes away.
    unowned let owner: any DeadlineOwner
    fileprivate(set) var kind = Kind.ping
    fileprivate(set) var due = NIODeadline.distantFuture
    /// The list which it is in; that holds it too, until it is taken out.
    fileprivate var list: DeadlineList?
    fileprivate var next: Deadline?
    /// Kept alive by the list, whose chain of `next` leads through it.
    fileprivate unowned(unsafe) var previous: Deadline?

    init(owner: any DeadlineOwner) { self.owner = owner }

    var isArmed: Bool { list != nil }

    func cancel() { list?.remove(self) }
}

protocol DeadlineOwner: AnyObject {
    func expired(_ deadline: Deadline)
}

/// Deadlines of one kind in the order in which they are due.
///
/// As all of a kind have the same delay, a new one belongs at the end: O(1), without a heap and without a
/// timer each. Only one that was armed elsewhere before (a session that moved) looks for its place.
final class DeadlineList {
    private let kind: Deadline.Kind
    private(set) var first: Deadline?
    private unowned(unsafe) var last: Deadline?

    init(_ kind: Deadline.Kind) { self.kind = kind }

    func insert(_ deadline: Deadline, due: NIODeadline) {
        deadline.cancel()
        deadline.kind = kind
        deadline.due = due
        deadline.list = self
        var before = last
        while let node = before, node.due > due { before = node.previous }
        deadline.previous = before
        deadline.next = before == nil ? first : before?.next
        deadline.next?.previous = deadline
        if let before { before.next = deadline } else { first = deadline }
        if deadline.next == nil { last = deadline }
    }

    fileprivate func remove(_ deadline: Deadline) {
        let next = deadline.next, previous = deadline.previous
        if last === deadline { last = previous }
        next?.previous = previous
        if let previous { previous.next = next } else { first = next }
        deadline.next = nil
        deadline.previous = nil
        deadline.list = nil
    }

    /// Takes out the first one if it is due.
    func next(at now: NIODeadline) -> Deadline? {
        guard let first, first.due <= now else { return nil }
        remove(first)
        return first
    }
}
