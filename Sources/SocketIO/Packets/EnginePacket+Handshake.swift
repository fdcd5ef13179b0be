import JSON
import NIOCore

extension EnginePacket {
    /// The open packet: what a client must know of its session.
    ///
    /// Exactly these keys in this order; clients and conformance suites count them.
    ///
    /// - Parameters:
    ///   - sid: the session's secret id.
    ///   - canUpgrade: whether the client may go on to a WebSocket: it began with polling, and
    ///     WebSockets are enabled.
    ///   - pingInterval: from one heartbeat to the next; told in whole milliseconds.
    ///   - pingTimeout: how long an answer may take; told in whole milliseconds.
    ///   - maximumPayload: the longest body or message that a client may send, in bytes.
    package static func handshake(
        sid: String, canUpgrade: Bool, pingInterval: Duration, pingTimeout: Duration, maximumPayload: Int
    ) -> EnginePacket {
        var text = ByteBuffer()
        text.writeString("{\"sid\":")
        text.writeJSONString(sid)
        text.writeString(",\"upgrades\":\(canUpgrade ? "[\"websocket\"]" : "[]")")
        text.writeString(",\"pingInterval\":\(milliseconds(pingInterval))")
        text.writeString(",\"pingTimeout\":\(milliseconds(pingTimeout))")
        text.writeString(",\"maxPayload\":\(maximumPayload)}")
        return .open(text)
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000
    }
}
