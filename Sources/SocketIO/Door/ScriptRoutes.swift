import Base64
import Crypto
import NIOCore
import NIOHTTP1

/// The browser's client below the server's path: `socket.io.js`, and `socket.io.esm.js` for modules.
///
/// The `.min.js` names exist because pages use them; they are the same files.
struct ScriptRoutes: Sendable {
    private struct Script: Sendable {
        let bytes: ByteBuffer
        let compressed: ByteBuffer?
        let tag: String
    }

    private let scripts: [String: Script]

    init(_ choice: ClientScript, isCompressed: Bool) {
        switch choice.source {
        case .none: scripts = [:]
        case .bundle(let bytes):
            let script = Self.script(bytes, isCompressed)
            scripts = ["socket.io.js": script, "socket.io.min.js": script]
        case .own:
            let client = PackageResources.socket_io_js
            // The names of the official module. A page may choose transports by their classes.
            let exports = """
                io, Manager, Socket, protocol, io as connect, io as default, \
                Polling as Fetch, Polling as XHR, WebSocketTransport as WebSocket
                """
            let classic = Self.script(
                Array("(() => {\n".utf8) + client + Array("\nglobalThis.io = io;\n})();\n".utf8), isCompressed)
            let module = Self.script(client + Array("\nexport { \(exports) };\n".utf8), isCompressed)
            scripts = [
                "socket.io.js": classic, "socket.io.min.js": classic,
                "socket.io.esm.js": module, "socket.io.esm.min.js": module,
            ]
        }
    }

    private static func script(_ bytes: [UInt8], _ isCompressed: Bool) -> Script {
        let buffer = ByteBuffer(bytes: bytes)
        let digest = SHA256.hash(data: bytes).prefix(12).hexadecimal
        // Weak, as it is the same with and without compression.
        return Script(
            bytes: buffer, compressed: isCompressed ? Gzip.compressed(buffer, level: 9) : nil, tag: "W/\"\(digest)\"")
    }

    /// - Returns: nil when there is no such script.
    func answer(_ name: Substring, _ head: HTTPRequestHead, _ common: HTTPHeaders) -> DirectAnswer? {
        guard let script = scripts[String(name)] else { return nil }
        var headers = common
        headers.add(name: "ETag", value: script.tag)
        headers.replaceOrAdd(name: "Cache-Control", value: "public, max-age=0")
        headers.add(name: "Vary", value: "Accept-Encoding")
        guard !Self.matches(head, script.tag) else { return DirectAnswer(.notModified, headers, ByteBuffer()) }
        headers.add(name: "Content-Type", value: "text/javascript; charset=utf-8")
        guard let compressed = script.compressed, AcceptEncoding.gzip(head) else {
            return DirectAnswer(.ok, headers, script.bytes)
        }
        headers.add(name: "Content-Encoding", value: "gzip")
        return DirectAnswer(.ok, headers, compressed)
    }

    /// Whether the client has this version (RFC 9110 section 13.1.2, weak comparison).
    private static func matches(_ head: HTTPRequestHead, _ tag: String) -> Bool {
        head.headers[canonicalForm: "if-none-match"].contains { known in
            known == "*" || known == tag || known == tag.dropFirst(2)
        }
    }
}
