/// A client's CONNECT to a namespace, before it is decided.
package struct ConnectRequest: Sendable {
    /// The namespace as the client wrote it: `/` or `/name`.
    package let namespace: String
    /// The text of the JSON object that came with CONNECT; nil where none did.
    package let auth: [UInt8]?
    /// The request that began the session.
    package let handshake: HandshakeRequest
    /// The id which the socket gets unless the admission has another.
    package let id: String

    package init(namespace: String, auth: [UInt8]?, handshake: HandshakeRequest, id: String) {
        self.namespace = namespace
        self.auth = auth
        self.handshake = handshake
        self.id = id
    }
}
