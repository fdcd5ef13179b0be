import JSON
package import NIOCore
package import NIOHTTP1
import Synchronization
package import WebSocket

/// An Engine.IO server: which requests are its own, and the sessions they make.
package final class EngineServer: Sendable {
    package let options: SocketIOOptions
    /// Makes what a new session is for, on the session's loop.
    let accept: @Sendable (EngineConnection) -> any EngineClient
    let registry: EngineRegistry
    /// Whether polling clients are told that they may change to a WebSocket.
    let offersUpgrades: Bool
    private let loops = Mutex<[ObjectIdentifier: EngineLoop]>([:])
    private let requestHandler: EngineRequestHandler

    /// - Parameters:
    ///   - options: their path must begin and end with a slash, and their headers may not hold line breaks.
    ///   - accept: makes the layer above for one session, on the session's loop, where `opened` follows at once.
    package init(_ options: SocketIOOptions, accept: @escaping @Sendable (EngineConnection) -> any EngineClient) {
        options.check()
        self.options = options
        self.accept = accept
        registry = EngineRegistry(options)
        offersUpgrades = options.allowsUpgrades && options.transports.contains(.webSocket)
        requestHandler = EngineRequestHandler(options)
    }

    /// How many sessions there are, those that wait for a last GET included.
    package var sessionCount: Int { registry.count }

    /// What becomes of a request; nil when its path is not this server's.
    ///
    /// To be called on the channel's event loop.
    package func decide(_ head: HTTPRequestHead, _ channel: any Channel) -> Takeover? {
        requestHandler.decide(head, channel, self)
    }

    /// Closes every session, with "server shutting down", and lets none begin; returns when all have been told.
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

    /// What the sessions of an event loop share.
    func loop(of eventLoop: any EventLoop) -> EngineLoop {
        loops.withLock { loops in
            if let loop = loops[ObjectIdentifier(eventLoop)] { return loop }
            let loop = EngineLoop(eventLoop, options)
            loops[ObjectIdentifier(eventLoop)] = loop
            return loop
        }
    }
}

/// Why a request is refused, as Engine.IO clients are told: a status and `{"code":n,"message":"…"}`.
package struct EngineError: Error, Hashable, Sendable {
    package let status: HTTPResponseStatus
    /// 0 to 5; see the static members.
    package let code: Int
    package let message: String

    private init(_ code: Int, _ message: String, status: HTTPResponseStatus = .badRequest) {
        self.status = status
        self.code = code
        self.message = message
    }

    /// The transport is none, or one that this server does not offer.
    static let unknownTransport = Self(0, "Transport unknown")
    /// The session is not there, or not any more.
    static let unknownSession = Self(1, "Session ID unknown")
    /// Only GET begins a session, and only GET and POST go on with it.
    static let badMethod = Self(2, "Bad handshake method")
    /// The request does not fit the session's state.
    static let badRequest = Self(3, "Bad request")
    /// The handshake is of another version than 4.
    static let unsupportedProtocol = Self(5, "Unsupported protocol version")

    static func forbidden(_ message: String) -> Self { Self(4, message, status: .forbidden) }

    static func payloadTooLarge(_ limit: Int) -> Self {
        Self(3, "Payload too large: at most \(limit) bytes", status: .payloadTooLarge)
    }

    /// A POST's body has a Content-Encoding.
    static let encodedBody = Self(
        3, "Bad request: send the body without a Content-Encoding", status: .unsupportedMediaType)

    static let tooManySessions = Self(3, "Too many sessions", status: .serviceUnavailable)

    /// - Parameter source: what the sessions have in common.
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
