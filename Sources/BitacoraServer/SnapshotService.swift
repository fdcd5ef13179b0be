import EventLog
import Logging
import Marketplace
import ServiceLifecycle

/// Stores a snapshot every so many events, so that a start folds few.
struct SnapshotService: Service {
    let log: EventLog
    let projector: Projector<MarketplaceState>
    let interval: UInt64
    let logger: Logger

    func run() async throws {
        var last = projector.loading.snapshot
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let due = Offset(last.rawValue + min(interval - 1, Offset.end.rawValue - last.rawValue))
            await cancelWhenGracefulShutdown { await log.waitForEvents(after: due) }
            guard log.head > due else { continue }
            last = await save() ?? log.head
        }
    }

    /// Stores the newest state; a failure costs time at the next start, nothing else.
    @discardableResult
    func save() async -> Offset? {
        do throws(AppendError) {
            let offset = try await projector.saveSnapshot()
            logger.debug("snapshot written", metadata: ["offset": "\(offset)"])
            return offset
        } catch {
            logger.warning("no snapshot was written", metadata: ["error": "\(error)"])
            return nil
        }
    }
}
