import NIOCore
import Synchronization

/// The connections of a server, to shut them down as Hummingbird's server does.
final class Children: Sendable {
    private let channels = Mutex<[any Channel]>([])
    private let (arrivals, arrived) = AsyncStream.makeStream(of: (any Channel).self)

    func add(_ channel: any Channel) {
        channels.withLock { $0.append(channel) }
        arrived.yield(channel)
    }

    func quiesce() {
        for channel in channels.withLock({ $0 }) {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    /// Returns when the first connection has ended.
    func firstEnds() async throws {
        for await channel in arrivals { return try await channel.closeFuture.get() }
    }

    func closeAll() {
        for channel in channels.withLock({ $0 }) { channel.close(promise: nil) }
    }
}
