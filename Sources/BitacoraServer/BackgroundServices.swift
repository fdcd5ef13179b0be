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

/// Trims what the log need not keep, once at the start and then from time to time.
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

    /// A failure leaves more than need be kept, and is tried again the next time.
    private func trim() async {
        do {
            let (first, kept) = (log.first, try log.firstKept(by: retention))
            // Each time costs a snapshot of everything: not for a few events.
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
