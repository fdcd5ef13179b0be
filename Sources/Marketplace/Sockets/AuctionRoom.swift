import BitacoraServer
import EventLog
import SocketIO

/// The namespace of one auction, as a socket in it sees it: when the auction has closed and the socket was told, the
/// socket is disconnected from it.
///
/// Whatever is appended to the topic afterwards is not the auction any more, and its watchers are not told. Who comes
/// later is given the whole history first.
final class AuctionRoom: SocketParticipant {
    let auction: Int
    let socket: Socket
    let server: Server

    init(auction: Int, socket: Socket, server: Server) {
        (self.auction, self.socket, self.server) = (auction, socket, server)
    }

    func delivered(through offset: Offset) {
        guard let auction = server.state.auctions[auction], !auction.isOpen, offset.rawValue >= auction.version else {
            return
        }
        socket.disconnect()
    }
}
