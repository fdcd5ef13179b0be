/// A CONNECT that a backend is deciding about.
final class UndecidedConnect: Sendable {
    let request: ConnectRequest
    /// The namespace with its handlers.
    let handlers: Namespace

    init(_ request: ConnectRequest, _ handlers: Namespace) {
        self.request = request
        self.handlers = handlers
    }

    var namespace: String { request.namespace }
}
