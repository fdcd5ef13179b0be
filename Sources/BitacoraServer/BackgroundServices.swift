import EventLog
import Logging
import ServiceLifecycle

/// Stores the state of an application, without its type.
protocol SnapshotWriter: Service {
    /// Stores a snapshot if events were folded since the one that the state was loaded from.
    func saveIfChanged() async
}

/// Stores a snapshot after every `interval` new events, so that a start folds few events.
struct SnapshotService<Source: Projection>: SnapshotWriter {
    let log: EventLog
    let projector: Projector<Source>
    /// The number of new events after which a snapshot is stored.
    let interval: UInt64
    let logger: Logger

    func run() async throws {
        var last = projector.loading.snapshot
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let due = Offset(last.rawValue + min(max(interval, 1) - 1, Offset.end.rawValue - last.rawValue))
            await cancelWhenGracefulShutdown { await log.waitForEvents(after: due) }
            guard log.head > due else { continue }
            last = await save() ?? log.head
        }
    }

    func saveIfChanged() async {
        if projector.value.offset > projector.loading.snapshot { await save() }
    }

    /// Stores the newest state. After a failure the next start folds more events, and nothing is lost.
    @discardableResult
    private func save() async -> Offset? {
        do throws(AppendError) {
            let offset = try await projector.saveSnapshot()
            logger.debug("snapshot stored", metadata: ["offset": "\(offset)"])
            return offset
        } catch {
            logger.warning("the snapshot was not stored", metadata: ["error": "\(error)"])
            return nil
        }
    }
}

/// Trims the events that are no longer kept, once at the start and then after each `interval`.
struct RetentionService: Service {
    let log: EventLog
    /// The projections whose states are stored before events are removed.
    let projections: [any Projection]
    let retention: Retention
    let interval: Duration
    let logger: Logger

    func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            await trim()
            await cancelWhenGracefulShutdown { try? await Task.sleep(for: interval) }
        }
    }

    /// After a failure more events than necessary are kept; the next check tries again.
    private func trim() async {
        do {
            let (first, kept) = (log.first, try log.firstKept(by: retention))
            // Each trim stores a snapshot of every state, which a few events are not worth.
            guard kept > first, kept.rawValue - first.rawValue > (log.head.rawValue - kept.rawValue) / 100 else {
                return
            }
            let removed = try await log.trim(before: kept, projections: projections)
            guard removed > 0 else { return }
            logger.info("trimmed", metadata: ["removed": "\(removed)", "first": "\(log.first)"])
        } catch {
            logger.warning("the log was not trimmed", metadata: ["error": "\(error)"])
        }
    }
}
