import Synchronization

/// A client's CONNECT to a namespace, before it is decided.
package struct ConnectRequest: Sendable {
    private final class Interest: Sendable {
        let isOver = Atomic(false)
    }

    /// The namespace as the client wrote it: `/` or `/name`.
    package let namespace: String
    /// The text of the JSON object that came with CONNECT; nil where none did.
    package let auth: [UInt8]?
    /// The request that began the session.
    package let handshake: HandshakeRequest
    /// The id which the socket gets unless the admission has another.
    package let id: String
    private let interest = Interest()

    package init(namespace: String, auth: [UInt8]?, handshake: HandshakeRequest, id: String) {
        self.namespace = namespace
        self.auth = auth
        self.handshake = handshake
        self.id = id
    }

    /// Whether the client has disconnected or left the namespace, so that it needs no decision; from any thread.
    package var isAbandoned: Bool { interest.isOver.load(ordering: .relaxed) }

    func abandon() { interest.isOver.store(true, ordering: .relaxed) }
}
