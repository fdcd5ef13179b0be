/// How a swarm's clients ask for events, and how events look to them.
enum SwarmDialect {
    /// `/api/events`: an event is an object that begins with its offset.
    case webSocket
    /// Socket.IO over WebSocket, as stock clients speak it: an event ends with its position.
    case socketIO

    /// What a client wants; all events, unless told.
    struct Interest {
        /// What it has already: an offset, or `live`.
        var after: String?
        var topics: String?

        static let all = Interest()
        static let live = Interest(after: "live")

        fileprivate var fields: [(name: String, value: String)] {
            [("after", after), ("topics", topics)].compactMap { name, value in value.map { (name, $0) } }
        }
    }

    /// The request that a connection begins with.
    func upgrade(_ interest: Interest) -> [UInt8] {
        let target =
            switch self {
            case .webSocket: "/api/events?" + interest.fields.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
            case .socketIO: "/socket.io/?EIO=4&transport=websocket"
            }
        return Array(
            ("GET \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n").utf8)
    }

    /// What a client says behind the open packet, as a frame; the server answers it. Nil where the request says everything.
    func hello(_ interest: Interest) -> [UInt8]? {
        switch self {
        case .webSocket: nil
        case .socketIO: ClientFrame.text(Self.connect(interest))
        }
    }

    /// The CONNECT packet of Socket.IO.
    static func connect(_ interest: Interest) -> String {
        "40{" + interest.fields.map { #""\#($0.name)":"\#($0.value)""# }.joined(separator: ",") + "}"
    }

    var offsetPlace: FrameCounter.OffsetPlace {
        switch self {
        case .webSocket: .front
        case .socketIO: .back
        }
    }
}

/// What clients send over WebSocket.
enum ClientFrame {
    /// The answer to the heartbeat of Engine.IO.
    static let pong = text("3")

    /// A short text; the key of its mask is zero, so that it stays as it is.
    static func text(_ text: String) -> [UInt8] {
        precondition(text.utf8.count < 126)
        return [0x81, 0x80 | UInt8(text.utf8.count), 0, 0, 0, 0] + text.utf8
    }
}
