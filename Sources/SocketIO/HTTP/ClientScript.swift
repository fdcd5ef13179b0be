import Base64
import Crypto
import NIOCore
import NIOHTTP1

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The client script for browsers that a server offers below its path.
public struct ClientScript: Sendable {
    enum Source: Sendable {
        case own
        case bundle([UInt8])
        case none
    }

    /// The maximum number of bytes of a script from a file.
    public static let maximumBytes = 4 << 20

    let source: Source

    /// This library's own client: `socket.io.js`, and `socket.io.esm.js` as a module. Both also have a name with `.min.js`.
    public static let own = Self(source: .own)

    /// No script: requests for it go to the router.
    public static let none = Self(source: .none)

    /// A script from a file, offered as `socket.io.js` and `socket.io.min.js`. The file is read now.
    ///
    /// - Throws: ``ClientScriptError`` when the file cannot be read, is empty, is not UTF-8 or has more than ``maximumBytes``.
    public static func file(_ path: String) throws(ClientScriptError) -> Self {
        Self(source: .bundle(try ScriptFile.read(path)))
    }
}

/// The reason why a file cannot be used as the client script.
public struct ClientScriptError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the file, as it was given.
    public let path: String
    /// What is wrong with the file, such as `is empty`.
    public let detail: String

    /// A sentence with the path and the detail.
    public var description: String { "the client script \(path) \(detail)" }
}

/// Reads a file of limited size.
enum ScriptFile {
    static func read(_ path: String) throws(ClientScriptError) -> [UInt8] {
        guard let file = fopen(path, "rb") else {
            throw ClientScriptError(path: path, detail: "cannot be opened: \(reason)")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while bytes.count <= ClientScript.maximumBytes {
            let piece = [UInt8](unsafeUninitializedCapacity: 64 << 10) { room, count in
                count = fread(room.baseAddress, 1, room.count, file)
            }
            guard !piece.isEmpty else { break }
            bytes += piece
        }
        guard ferror(file) == 0 else { throw ClientScriptError(path: path, detail: "cannot be read: \(reason)") }
        guard !bytes.isEmpty else { throw ClientScriptError(path: path, detail: "is empty") }
        guard bytes.count <= ClientScript.maximumBytes else {
            throw ClientScriptError(path: path, detail: "has more than \(ClientScript.maximumBytes) bytes, the maximum")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw ClientScriptError(path: path, detail: "is not UTF-8 text")
        }
        return bytes
    }

    private static var reason: String { String(cString: strerror(errno)) }
}

/// Serves the client script below the server's path: `socket.io.js`, and `socket.io.esm.js` for modules.
///
/// The names with `.min.js` exist because pages use them; their content is the same.
struct ClientScriptRoutes: Sendable {
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
            // The names that the official module exports. A page may choose transports by their classes.
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
        // Weak, because it is the same with and without compression.
        return Script(
            bytes: buffer, compressed: isCompressed ? Gzip.compressed(buffer, level: 9) : nil, tag: "W/\"\(digest)\"")
    }

    /// - Returns: nil when there is no such script.
    func answer(_ name: Substring, _ head: HTTPRequestHead, _ common: HTTPHeaders) -> FixedResponse? {
        guard let script = scripts[String(name)] else { return nil }
        var headers = common
        headers.add(name: "ETag", value: script.tag)
        headers.replaceOrAdd(name: "Cache-Control", value: "public, max-age=0")
        headers.add(name: "Vary", value: "Accept-Encoding")
        guard !Self.matches(head, script.tag) else { return FixedResponse(.notModified, headers, ByteBuffer()) }
        headers.add(name: "Content-Type", value: "text/javascript; charset=utf-8")
        guard let compressed = script.compressed, AcceptEncoding.gzip(head) else {
            return FixedResponse(.ok, headers, script.bytes)
        }
        headers.add(name: "Content-Encoding", value: "gzip")
        return FixedResponse(.ok, headers, compressed)
    }

    /// Whether the client has this version (RFC 9110 section 13.1.2, weak comparison).
    private static func matches(_ head: HTTPRequestHead, _ tag: String) -> Bool {
        head.headers[canonicalForm: "if-none-match"].contains { known in
            known == "*" || known == tag || known == tag.dropFirst(2)
        }
    }
}
