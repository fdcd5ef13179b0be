import NIOCore
import NIOHTTP1
import WebSocket

/// One request of the polling transport, on the event loop of its HTTP connection, which need not be the session's.
///
/// `@unchecked Sendable`: `isComplete` belongs to the session's loop, and all other variables to `eventLoop`;
/// the rest does not change.
final class PollingRequest: HTTPExchangeDelegate, @unchecked Sendable {
    enum Purpose {
        /// Begins a session and takes its first packets.
        case handshake(HandshakeRequest)
        case poll(EngineConnection)
        case post(EngineConnection)
    }

    let eventLoop: any EventLoop
    private let server: EngineServer
    private let answers: PollingAnswers
    private var purpose: Purpose
    private var exchange: HTTPExchange?
    private var body = ByteBuffer()
    /// An answer that waits for the end of a POST's body, so that its connection can go on.
    private var refusal: EngineError?
    /// Whether the session has the whole body of a POST.
    var isComplete = false

    init(_ purpose: Purpose, _ answers: PollingAnswers, _ server: EngineServer, on eventLoop: any EventLoop) {
        self.purpose = purpose
        self.answers = answers
        self.server = server
        self.eventLoop = eventLoop
    }

    // MARK: From the session's loop

    /// Answers a GET with packets; they are lost with the session if the client has gone.
    func answer(_ packets: ByteBuffer) {
        onEventLoop { request in
            guard let exchange = request.exchange else { return request.answerIsLost() }
            let (headers, body) = request.answers.packets(packets)
            exchange.answer(.ok, headers, body)
        }
    }

    /// Answers a POST.
    func answerPost() {
        onEventLoop { $0.exchange?.answer(.ok, $0.answers.posted, PollingAnswers.ok) }
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
        let connection = EngineConnection(request, .polling, home: server.loop(of: eventLoop), server: server)
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

    /// The session goes on without this POST.
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
