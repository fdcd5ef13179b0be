import NIOCore
import NIOHTTP1
import WebSocket

/// Decides how a request is handled: whether its path belongs to this server, whether it is valid, and which session it
/// belongs to. Runs on the event loop of the request.
///
/// The checks run in this order: `transport` (code 0), the origin (4), `sid` (1), the method (2), what the
/// transport asks of the request (3), and for a handshake `EIO` (5) and `allowRequest` (4).
struct EngineRequestHandler: Sendable {
    private let options: SocketIOOptions
    private let origins: OriginPolicy
    private let headers: ResponseHeaders
    private let scripts: ClientScriptRoutes

    init(_ options: SocketIOOptions) {
        self.options = options
        origins = options.originPolicy ?? OriginPolicy(allowedOrigins: options.allowedOrigins, isLoopback: false)
        headers = ResponseHeaders(options)
        scripts = ClientScriptRoutes(options.clientScript, isCompressed: options.compressionThreshold != nil)
    }

    func decide(_ head: HTTPRequestHead, _ channel: any Channel, _ server: EngineServer) -> UpgradeDecision? {
        guard head.uri.utf8.starts(with: options.path.utf8) else { return nil }
        let target = RequestTarget(head.uri)
        guard target.path.utf8.count == options.path.utf8.count else { return script(target.path, head) }
        let common = headers.common(for: head, origins)
        if head.method == .OPTIONS { return preflight(head, common) }
        do throws(EngineError) {
            return try route(head, target, common, channel, server)
        } catch {
            return refuse(error, head, common)
        }
    }

    private func script(_ path: Substring, _ head: HTTPRequestHead) -> UpgradeDecision? {
        guard head.method == .GET || head.method == .HEAD else { return nil }
        let name = path.utf8.dropFirst(options.path.utf8.count)
        guard let answer = scripts.answer(Substring(name), head, headers.common(for: head, origins)) else { return nil }
        return .exchange { _ in answer }
    }

    private func preflight(_ head: HTTPRequestHead, _ common: HTTPHeaders) -> UpgradeDecision {
        let answer = FixedResponse(.noContent, headers.preflight(head, common, origins), ByteBuffer())
        return .exchange { _ in answer }
    }

    private func refuse(_ error: EngineError, _ head: HTTPRequestHead, _ common: HTTPHeaders) -> UpgradeDecision {
        var fields = common
        fields.replaceOrAdd(name: "Content-Type", value: "application/json")
        // RFC 9110, section 15.5.16.
        if error == .encodedBody { fields.replaceOrAdd(name: "Accept-Encoding", value: "identity") }
        let answer = FixedResponse(error.status, fields, error.body, maximumBody: options.maximumPayload)
        return .exchange { _ in answer }
    }

    // MARK: Sessions

    private func route(
        _ head: HTTPRequestHead, _ target: RequestTarget, _ common: HTTPHeaders, _ channel: any Channel,
        _ server: EngineServer
    ) throws(EngineError) -> UpgradeDecision {
        let transport = try transport(target)
        do throws(OriginPolicy.Rejection) {
            try origins.check(head)
        } catch {
            throw .forbidden(error.message)
        }
        guard let id = target["sid"] else { return try handshake(transport, head, target, common, channel, server) }
        guard let connection = server.registry[id] else { throw .unknownSession }
        switch transport {
        case .webSocket: return try upgrade(connection, head, common, server)
        case .polling: return try poll(connection, head, common, server)
        }
    }

    private func transport(_ target: RequestTarget) throws(EngineError) -> Transport {
        guard let name = target["transport"], let transport = Transport(rawValue: name),
            options.transports.contains(transport)
        else { throw .unknownTransport }
        return transport
    }

    /// Opens a WebSocket for a session that polls.
    ///
    /// If the session already has a WebSocket, the new one is answered with 101 and closed at once, as by Node's server:
    /// its client throws an error for any other status.
    private func upgrade(
        _ connection: EngineConnection, _ head: HTTPRequestHead, _ common: HTTPHeaders, _ server: EngineServer
    ) throws(EngineError) -> UpgradeDecision {
        guard head.method == .GET else { throw .badMethod }
        guard head.asksForWebSocket, server.offersUpgrades else { throw .badRequest }
        return .webSocket(options: webSocketOptions, headers: common) { channel in
            WebSocketTransport(upgrading: connection, server, on: channel.eventLoop)
        }
    }

    private func poll(
        _ connection: EngineConnection, _ head: HTTPRequestHead, _ common: HTTPHeaders, _ server: EngineServer
    ) throws(EngineError) -> UpgradeDecision {
        guard !head.asksForWebSocket else { throw .badRequest }
        let purpose: PollingRequest.Purpose
        switch head.method {
        case .GET: purpose = .poll(connection)
        case .POST:
            guard !Self.isBinary(head) else { throw .badRequest }
            guard !Self.isEncoded(head) else { throw .encodedBody }
            purpose = .post(connection)
        default: throw .badMethod
        }
        return exchange(purpose, head, common, server)
    }

    private func exchange(
        _ purpose: PollingRequest.Purpose, _ head: HTTPRequestHead, _ common: HTTPHeaders, _ server: EngineServer
    ) -> UpgradeDecision {
        let answers = PollingResponses(
            common, compressionThreshold: AcceptEncoding.gzip(head) ? options.compressionThreshold : nil)
        return .exchange { channel in PollingRequest(purpose, answers, server, on: channel.eventLoop) }
    }

    /// Whether the body is in the form in which version 3 of the protocol sent binary packets.
    private static func isBinary(_ head: HTTPRequestHead) -> Bool {
        head.headers.first(name: "Content-Type")?.lowercased().hasPrefix("application/octet-stream") == true
    }

    private static func isEncoded(_ head: HTTPRequestHead) -> Bool {
        head.headers[canonicalForm: "content-encoding"].contains { !$0.isEmpty && $0.lowercased() != "identity" }
    }

    // MARK: Handshakes

    private func handshake(
        _ transport: Transport, _ head: HTTPRequestHead, _ target: RequestTarget, _ common: HTTPHeaders,
        _ channel: any Channel, _ server: EngineServer
    ) throws(EngineError) -> UpgradeDecision {
        guard head.method == .GET else { throw .badMethod }
        guard head.asksForWebSocket == (transport == .webSocket) else { throw .badRequest }
        guard target["EIO"] == "4" else { throw .unsupportedProtocol }
        let request = HandshakeRequest(head, from: channel.remoteAddress)
        if let refusal = server.registry.refusal(of: request.source) { throw refusal }
        if let message = options.allowRequest?(request) { throw .forbidden(message.isEmpty ? "Forbidden" : message) }
        guard transport == .webSocket else { return exchange(.handshake(request), head, common, server) }
        return .webSocket(options: webSocketOptions, headers: common) { channel in
            WebSocketTransport(request, server, on: channel.eventLoop)
        }
    }

    private var webSocketOptions: WebSocketOptions {
        var limits = WebSocketOptions()
        limits.maximumMessageBytes = options.maximumPayload
        // Engine.IO has its own pings.
        limits.pingInterval = nil
        return limits
    }
}
