package import NIOCore

/// What answers one request on the connection's event loop. No call may block.
///
/// One object serves one request; the connection keeps it until `closed`.
package protocol HTTPExchangeDelegate: AnyObject {
    /// The request's turn has come: everything before it is answered. Its body, if it has one, follows.
    /// The first call.
    func opened(_ exchange: HTTPExchange)

    /// A piece of the body as it arrives. The connection keeps nothing of it and sets no limit to its
    /// length: the application bounds what it keeps and answers 413 beyond that.
    func received(_ body: ByteBuffer, on exchange: HTTPExchange)

    /// The request is complete. It may stay unanswered for as long as the application likes; no limit of
    /// the connection runs meanwhile.
    func requestEnded(_ exchange: HTTPExchange)

    /// The server is shutting down: answer now, for it waits for the answer. The connection ends with it.
    func quiescing(_ exchange: HTTPExchange)

    /// Nothing more comes. Either the exchange is answered (`isAnswered`), or the client went away, took
    /// too long with its request or sent what is not HTTP.
    ///
    /// The last call, exactly once; it may come from inside `answer`.
    func closed(_ exchange: HTTPExchange)
}
