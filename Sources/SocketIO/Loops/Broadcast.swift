/// A packet for an audience, encoded by whoever emits it; shared by the mailboxes of all shards.
final class Broadcast: Sendable {
    let audience: Audience
    let packet: OutgoingPacket
    /// Whether it is dropped for a client that does not take it at once.
    let isVolatile: Bool
    /// Who waits for the answers, and the id which the packet has for them.
    let answers: AckCollector?

    init(_ packet: OutgoingPacket, to audience: Audience, isVolatile: Bool = false, answers: AckCollector? = nil) {
        self.audience = audience
        self.packet = packet
        self.isVolatile = isVolatile
        self.answers = answers
    }

    /// Whether its bytes can be written together with those of the one before it.
    func continues(_ other: Broadcast) -> Bool {
        answers == nil && other.answers == nil && isVolatile == other.isVolatile && audience == other.audience
    }
}
