public import HummingbirdCore
import WebSocket

extension HTTPServerBuilder {
    /// An HTTP/1.1 server whose requests below the options' path are Socket.IO's; the router gets the others.
    public static func socketIO(_ io: SocketIOServer) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            HTTPUpgradeChannel(responder: responder) { head, channel in io.decide(head, channel) ?? .http }
        }
    }
}
