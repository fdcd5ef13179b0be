import EventLog
import Logging
import ServiceLifecycle

/// Stores the state of an application, without its type.
protocol SnapshotWriter: Service {
    /// Stores a snapshot if events were folded since the one that the state was loaded from.
    func saveIfChanged() async
}

/// Stores a snapshot whenever a number of events were appended, so that a start folds few.
struct SnapshotService<Source: Projection>: SnapshotWriter {
    let log: EventLog
    let projector: Projector<Source>
    /// The number of events.
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

    func saveIfChanged() async {
        if projector.value.offset > projector.loading.snapshot { await save() }
    }

    /// Stores the newest state. A failure costs time at the next start, and nothing else.
    @discardableResult
    private func save() async -> Offset? {
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
