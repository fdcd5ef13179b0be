import Base64
import Crypto
package import NIOHTTP1

/// The server's side of the opening handshake (RFC 6455, section 4.2).
package enum WebSocketHandshake {
    /// The headers of the `101 Switching Protocols` response to this request.
    ///
    /// The origin of the request is not checked here.
    ///
    /// - Throws: 426 for another version of the protocol or of HTTP, 400 for everything else that is missing or wrong.
    package static func accept(_ head: HTTPRequestHead) throws(RequestRejection) -> HTTPHeaders {
        guard head.version == .http1_1 else {
            throw .upgradeRequired("a WebSocket handshake must be an HTTP/1.1 request")
        }
        guard head.method == .GET else { throw .badHandshake("a WebSocket handshake must be a GET request") }
        guard head.headers["host"].count == 1 else {
            throw .badHandshake("a WebSocket handshake must have exactly one Host header")
        }
        guard head.asksForWebSocket else { throw .badHandshake("the Upgrade header must contain websocket") }
        guard head.headers.contains(token: "upgrade", in: "connection") else {
            throw .badHandshake("the Connection header must contain Upgrade")
        }
        guard head.headers["sec-websocket-version"] == ["13"] else {
            throw .upgradeRequired("Sec-WebSocket-Version must be 13")
        }
        guard !head.hasBody else { throw .badHandshake("a WebSocket handshake must not have a body") }
        return [
            "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept(key: try key(of: head)),
        ]
    }

    /// The value of `Sec-WebSocket-Accept` for a client's key: base64 of the SHA-1 of the key and the protocol's GUID.
    static func accept(key: Substring) -> String {
        Base64.encoded(Array(Insecure.SHA1.hash(data: Array("\(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))))
    }

    private static func key(of head: HTTPRequestHead) throws(RequestRejection) -> Substring {
        let keys = head.headers[canonicalForm: "sec-websocket-key"]
        guard keys.count == 1, Base64.decoded(String(keys[0]))?.count == 16 else {
            throw .badHandshake("Sec-WebSocket-Key must be given once, with 16 random bytes in base64")
        }
        return keys[0]
    }
}
