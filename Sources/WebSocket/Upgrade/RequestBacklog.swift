import NIOCore
import NIOHTTP1

/// An exchange that waits until all responses before it have been written.
struct PendingExchange {
    let head: HTTPRequestHead
    /// Makes the delegate when the exchange is opened.
    let makeDelegate: (any Channel) -> any HTTPExchangeDelegate
}

/// The parts of pipelined requests that have been read while an exchange before them was unanswered, in order.
///
/// ```
///  router A, exchange B, router C in one packet     exchange A, exchange B in one packet
///    A ─► router                                      A ─► delegate
///    B waits, C ─► backlog                            B ─► backlog
///    A's response ends                                A is answered
///    B ─► delegate                                    B ─► delegate
///    B is answered
///    C ─► router
/// ```
///
/// The connection is not read while anything waits here, so the backlog holds what one read of NIO brings: up to four
/// buffers of up to 64 KiB. The exception is a client that has closed its sending side: NIO then reads the rest of the
/// system's buffer at once. A connection with more than ``capacity`` waiting parts is closed.
struct RequestBacklog {
    /// What the client sent, or what happened to its sending side.
    enum Item {
        case part(HTTPServerRequestPart)
        /// The bytes after the earlier items are not a request.
        case failure(RequestRejection)
        /// The client has closed its sending side.
        case inputClosed
    }

    /// What to handle next.
    enum Next {
        case exchange(PendingExchange)
        case item(Item)
    }

    /// The maximum number of waiting items. A request takes two or more.
    static let capacity = 4096

    /// Whether items are being removed and handled, or must not be removed now; what is read then waits as well.
    var isDraining = false
    /// Waits before all items.
    private var exchange: PendingExchange?
    private var items: [Item] = []
    private var nextIndex = 0

    /// Whether nothing waits.
    var isEmpty: Bool { exchange == nil && items.isEmpty }

    /// Whether what is read now has to wait.
    var isBlocking: Bool { !isEmpty || isDraining }

    /// Adds an item after all others.
    ///
    /// - Returns: false when the backlog is full; the item has not been added.
    mutating func append(_ item: Item) -> Bool {
        guard items.count - nextIndex < Self.capacity else { return false }
        items.append(item)
        return true
    }

    /// Adds an exchange before all items.
    mutating func hold(_ exchange: PendingExchange) {
        precondition(self.exchange == nil, "only one exchange waits; later ones are parts in the backlog")
        self.exchange = exchange
    }

    /// Removes what is handled next.
    ///
    /// - Parameters:
    ///   - exchangeMayOpen: whether all earlier responses have been written.
    ///   - isAnswerDue: whether a complete exchange has not been answered.
    /// - Returns: nil when nothing waits, or when the next thing still has to wait.
    mutating func next(exchangeMayOpen: Bool, isAnswerDue: Bool) -> Next? {
        if let exchange {
            guard exchangeMayOpen else { return nil }
            self.exchange = nil
            return .exchange(exchange)
        }
        guard !isAnswerDue, nextIndex < items.count else { return nil }
        let item = items[nextIndex]
        nextIndex += 1
        if nextIndex == items.count { removeItems() }
        return .item(item)
    }

    /// Forgets everything that waits.
    mutating func removeAll() {
        exchange = nil
        removeItems()
    }

    private mutating func removeItems() {
        items = []
        nextIndex = 0
    }
}
