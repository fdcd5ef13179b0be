import NIOCore

/// A run of packets as bytes, made at most once for each way in which clients of a shard take them.
struct Rendering {
    /// The bytes of packets beyond which a run is not made longer.
    static let maximumBytes = 256 << 10

    private let packets: [OutgoingPacket]
    private var polling: ByteBuffer?
    private var guardedPolling: ByteBuffer?
    private var webSocket: ByteBuffer?
    private var guardedWebSocket: ByteBuffer?

    init(_ packets: [OutgoingPacket]) { self.packets = packets }

    /// - Parameter guarded: whether the client takes a trailing string for an offset.
    mutating func bytes(for transport: Transport, guarded: Bool) -> ByteBuffer {
        switch (transport, guarded) {
        case (.polling, false): made(&polling, transport, guarded)
        case (.polling, true): made(&guardedPolling, transport, guarded)
        case (.webSocket, false): made(&webSocket, transport, guarded)
        case (.webSocket, true): made(&guardedWebSocket, transport, guarded)
        }
    }

    private func made(_ bytes: inout ByteBuffer?, _ transport: Transport, _ guarded: Bool) -> ByteBuffer {
        if let bytes { return bytes }
        var rendered = ByteBuffer()
        for packet in packets { packet.append(to: &rendered, for: transport, guarded: guarded) }
        bytes = rendered
        return rendered
    }
}
