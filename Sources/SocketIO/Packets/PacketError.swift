/// What a peer sent against the Engine.IO or Socket.IO protocol.
///
/// There is one way to answer any of them: the connection is closed with "parse error".
package struct PacketError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, for a log line; never holds what the peer sent.
    package let description: String

    /// An error with a sentence that holds nothing of the packet.
    package init(_ description: String) {
        self.description = description
    }
}
