/// Some of a namespace's sockets, and how to emit to them.
///
/// ```swift
/// io.to("news").except("quiet").emit("headline", text)
/// socket.broadcast.volatile.emit("cursor", x, y)
/// ```
public struct BroadcastOperator: Sendable {
    let server: SocketIOServer
    var audience: Audience
    var isVolatile = false

    init(_ server: SocketIOServer, _ audience: Audience) {
        self.server = server
        self.audience = audience
    }
}

extension BroadcastOperator: BroadcastTarget {
    public var everyone: BroadcastOperator { self }
}
