import EventLog
import Marketplace
import SocketIO

/// The namespace of one auction, as a socket in it sees it: when the auction has closed and the socket was told, the
/// socket is disconnected from it.
///
/// Whatever is appended to the topic afterwards is not the auction any more, and its watchers are not told. Who comes
/// later is given the whole history first.
struct AuctionRoom {
    let auction: Int
    let socket: Socket
    let market: Market

    /// - Parameter offset: the last event that the socket was given.
    func leaveIfOver(at offset: Offset) {
        guard let auction = market.state.auctions[auction], !auction.isOpen, offset.rawValue >= auction.version else {
            return
        }
        socket.disconnect()
    }
}
