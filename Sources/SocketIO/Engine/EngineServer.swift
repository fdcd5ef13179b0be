import JSON
package import NIOCore
package import NIOHTTP1
import Synchronization
package import WebSocket

/// An Engine.IO server: handles the requests below its path, and owns the sessions.
package final class EngineServer: Sendable {
    package let options: SocketIOOptions
    /// Creates the layer above a new session, on the session's loop.
    let accept: @Sendable (EngineConnection) -> any EngineClient
    let registry: EngineRegistry
    /// Whether a handshake over polling offers an upgrade to WebSocket.
    let offersUpgrades: Bool
    private let loops = Mutex<[ObjectIdentifier: EngineLoop]>([:])
    private let requestHandler: EngineRequestHandler

    /// - Parameters:
    ///   - options: the times, limits and permissions.
    ///   - accept: creates the layer above for one session, on the session's loop; `opened` follows at once.
    package init(_ options: SocketIOOptions, accept: @escaping @Sendable (EngineConnection) -> any EngineClient) {
        options.check()
        self.options = options
        self.accept = accept
        registry = EngineRegistry(options)
        offersUpgrades = options.allowsUpgrades && options.transports.contains(.webSocket)
        requestHandler = EngineRequestHandler(options)
    }

    /// The number of sessions, including those that wait for a last GET.
    package var sessionCount: Int { registry.count }

    /// Decides how a request is handled; nil when its path does not belong to this server.
    ///
    /// Call this on the channel's event loop.
    package func decide(_ head: HTTPRequestHead, _ channel: any Channel) -> UpgradeDecision? {
        requestHandler.decide(head, channel, self)
    }

    /// Closes all sessions with "server shutting down" and refuses new ones; returns when all clients have got `closed`.
    package func close() async {
        await withDiscardingTaskGroup { group in
            for connection in registry.close() {
                group.addTask {
                    await withCheckedContinuation { closed in
                        connection.perform {
                            $0.close(.serverShuttingDown)
                            $0.whenClosed { closed.resume() }
                        }
                    }
                }
            }
        }
    }

    /// The shared state of the sessions of an event loop.
    func loop(of eventLoop: any EventLoop) -> EngineLoop {
        loops.withLock { loops in
            if let loop = loops[ObjectIdentifier(eventLoop)] { return loop }
            let loop = EngineLoop(eventLoop, options)
            loops[ObjectIdentifier(eventLoop)] = loop
            return loop
        }
    }
}

/// An error response of Engine.IO: a status, and `{"code":n,"message":"…"}` as the body.
package struct EngineError: Error, Hashable, Sendable {
    package let status: HTTPResponseStatus
    /// The code of Engine.IO, 0 to 5; see the static members.
    package let code: Int
    package let message: String

    private init(_ code: Int, _ message: String, status: HTTPResponseStatus = .badRequest) {
        self.status = status
        self.code = code
        self.message = message
    }

    /// The transport is missing or unknown, or this server does not offer it.
    static let unknownTransport = Self(0, "Transport unknown")
    /// There is no session with this id, or it has ended.
    static let unknownSession = Self(1, "Session ID unknown")
    /// A session begins with GET, and continues with GET and POST.
    static let badMethod = Self(2, "Bad handshake method")
    /// The request does not fit the session's state.
    static let badRequest = Self(3, "Bad request")
    /// The handshake has another version than 4.
    static let unsupportedProtocol = Self(5, "Unsupported protocol version")

    static func forbidden(_ message: String) -> Self { Self(4, message, status: .forbidden) }

    static func payloadTooLarge(_ limit: Int) -> Self {
        Self(3, "Payload too large: at most \(limit) bytes", status: .payloadTooLarge)
    }

    /// The body of a POST has a Content-Encoding.
    static let encodedBody = Self(
        3, "Bad request: send the body without a Content-Encoding", status: .unsupportedMediaType)

    static let tooManySessions = Self(3, "Too many sessions", status: .serviceUnavailable)

    /// - Parameter source: what the sessions have in common: "connection" or "address".
    static func tooManyUnjoined(_ source: String, _ limit: Int) -> Self {
        Self(
            3, "Too many sessions of this \(source) have not joined a namespace: at most \(limit)",
            status: .serviceUnavailable)
    }

    static let shuttingDown = Self(3, "The server is shutting down", status: .serviceUnavailable)

    var body: ByteBuffer {
        var bytes = Array("{\"code\":\(code),\"message\":".utf8)
        JSONText.writeString(message, into: &bytes)
        bytes.append(UInt8(ascii: "}"))
        return ByteBuffer(bytes: bytes)
    }
}
