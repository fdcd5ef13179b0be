import NIOCore
import NIOHTTP1

/// What has been read of a connection behind a request whose turn has not come, in order.
///
/// While anything is in here nothing more is read, so that it holds what one turn of NIO's reading
/// brings (up to four buffers of up to 64 KiB); a client that has shut its side has the whole of the
/// system's buffer read at once. Beyond ``capacity`` parts the connection is cut.
struct RequestBacklog {
    enum Item {
        case part(HTTPServerRequestPart)
        /// What follows cannot be read as a request.
        case failure(RequestRejection)
        /// The client sends nothing more.
        case inputClosed
    }

    /// A request takes two or more parts.
    static let capacity = 4096

    private var items: [Item] = []
    private var next = 0

    var isEmpty: Bool { items.isEmpty }

    /// Answers whether there was room.
    mutating func append(_ item: Item) -> Bool {
        guard items.count - next < Self.capacity else { return false }
        items.append(item)
        return true
    }

    mutating func popFirst() -> Item? {
        guard next < items.count else { return nil }
        defer {
            next += 1
            if next == items.count { removeAll() }
        }
        return items[next]
    }

    mutating func removeAll() {
        items = []
        next = 0
    }
}
