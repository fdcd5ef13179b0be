/// A CONNECT that a backend has accepted.
package struct Admission: Sendable {
    /// The socket's id: the proposed one, or that of the session which is recovered.
    ///
    /// A live socket of the namespace that has the same id is an older connection of the same client which
    /// has not been noticed to be dead: once this one has joined it is disconnected, with "transport close".
    package var id: String
    /// The private id that CONNECT is answered with; nil where recovery is off.
    ///
    /// It makes the client take a trailing string for an offset, so everything else that is emitted to
    /// such a socket is guarded against that.
    package var pid: String?
    /// Whether the client goes on with the session it had.
    package var isRecovered: Bool
    /// Whether the backend takes binary attachments of the client's events.
    ///
    /// If it does not, and the namespace has no handlers or middleware, an event that announces attachments is handled at
    /// once with an empty one for each, and the attachments are dropped as they come.
    package var takesAttachments: Bool
    /// Written right before CONNECT is answered: with it the client knows more than its id at once.
    ///
    /// Stock clients keep events that come before CONNECT until they have it, and then remember a
    /// trailing string as they do of every event.
    package var preface: OutgoingPacket?
    /// Makes what reads for the socket; called on the socket's event loop right before CONNECT is answered.
    package var makeBackend: @Sendable (Socket) -> any SocketBackend

    package init(
        id: String, pid: String? = nil, isRecovered: Bool = false, takesAttachments: Bool = true,
        preface: OutgoingPacket? = nil, makeBackend: @escaping @Sendable (Socket) -> any SocketBackend
    ) {
        self.id = id
        self.pid = pid
        self.isRecovered = isRecovered
        self.takesAttachments = takesAttachments
        self.preface = preface
        self.makeBackend = makeBackend
    }
}
