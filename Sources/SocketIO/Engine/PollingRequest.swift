import NIOCore
import NIOHTTP1
import WebSocket

/// One request of the polling transport, on the event loop of its HTTP connection. The session may have another loop.
///
/// `@unchecked Sendable`: `isComplete` is used on the session's loop, and all other variables on `eventLoop`; the rest
/// does not change.
final class PollingRequest: HTTPExchangeDelegate, @unchecked Sendable {
    enum Purpose {
        /// Begins a session and gets its first packets.
        case handshake(HandshakeRequest)
        case poll(EngineConnection)
        case post(EngineConnection)
    }

    let eventLoop: any EventLoop
    private let server: EngineServer
    private let answers: PollingResponses
    private var purpose: Purpose
    private var exchange: HTTPExchange?
    private var body = ByteBuffer()
    /// An error that is sent when the whole body of a POST has come, so that its connection can be used again.
    private var refusal: EngineError?
    /// Whether the session has got the whole body of the POST.
    var isComplete = false

    init(_ purpose: Purpose, _ answers: PollingResponses, _ server: EngineServer, on eventLoop: any EventLoop) {
        self.purpose = purpose
        self.answers = answers
        self.server = server
        self.eventLoop = eventLoop
    }

    // MARK: From the session's loop

    /// Answers a GET with packets. If the client has closed the connection, the packets are lost and the session ends.
    func answer(_ packets: ByteBuffer) {
        onEventLoop { request in
            guard let exchange = request.exchange else { return request.answerIsLost() }
            let (headers, body) = request.answers.packets(packets)
            exchange.answer(.ok, headers, body)
        }
    }

    /// Answers a POST.
    func answerPost() {
        onEventLoop { $0.exchange?.answer(.ok, $0.answers.posted, PollingResponses.ok) }
    }

    func refuse(_ error: EngineError) {
        onEventLoop { $0.refuseHere(error) }
    }

    private func onEventLoop(_ work: @escaping @Sendable (PollingRequest) -> Void) {
        if eventLoop.inEventLoop { work(self) } else { eventLoop.execute { work(self) } }
    }

    // MARK: On the exchange's loop

    private func refuseHere(_ error: EngineError) {
        guard let exchange else { return }
        if case .post = purpose, !exchange.requestHasEnded, !exchange.head.expectsContinue { return refusal = error }
        exchange.answer(error.status, answers.json, error.body)
    }

    private func answerIsLost() {
        if case .poll(let connection) = purpose { connection.perform { $0.answerLost() } }
    }

    func opened(_ exchange: HTTPExchange) {
        self.exchange = exchange
        switch purpose {
        case .handshake(let request): begin(request)
        case .poll(let connection): connection.perform { $0.pollOpened(self) }
        case .post(let connection):
            connection.perform { $0.postOpened(self) }
            let length = exchange.head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
            if length > server.options.maximumPayload { refuseBody(connection) }
        }
    }

    private func begin(_ request: HandshakeRequest) {
        let connection = EngineConnection(request, .polling, loop: server.loop(of: eventLoop), server: server)
        purpose = .poll(connection)
        do throws(EngineError) {
            try connection.begin(nil)
        } catch {
            return refuseHere(error)
        }
        connection.pollOpened(self)
    }

    func received(_ body: ByteBuffer, on exchange: HTTPExchange) {
        guard case .post(let connection) = purpose, refusal == nil else { return }
        guard body.readableBytes <= server.options.maximumPayload - self.body.readableBytes else {
            return refuseBody(connection)
        }
        if self.body.readableBytes == 0 { self.body = body } else { self.body.writeImmutableBuffer(body) }
    }

    /// Refuses a body that is too large. The session continues without this POST.
    private func refuseBody(_ connection: EngineConnection) {
        connection.perform { $0.postLost(self, isFatal: false) }
        let error = EngineError.payloadTooLarge(server.options.maximumPayload)
        exchange?.answer(error.status, answers.json, error.body)
    }

    func requestEnded(_ exchange: HTTPExchange) {
        guard case .post(let connection) = purpose else { return }
        if let refusal { return exchange.answer(refusal.status, answers.json, refusal.body) }
        let body = body
        self.body = ByteBuffer()
        connection.perform { $0.posted(body, self) }
    }

    func quiescing(_ exchange: HTTPExchange) {
        if case .poll(let connection) = purpose { connection.perform { $0.pollQuiesced(self) } }
    }

    func closed(_ exchange: HTTPExchange) {
        self.exchange = nil
        guard !exchange.isAnswered else { return }
        switch purpose {
        case .handshake: break
        case .poll(let connection): connection.perform { $0.pollLost(self) }
        case .post(let connection): connection.perform { $0.postLost(self, isFatal: true) }
        }
    }
}
