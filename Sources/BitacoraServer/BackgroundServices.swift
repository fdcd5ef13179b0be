import EventLog
import KeyedRows
import Logging
import ServiceLifecycle

/// Stores a snapshot of each projection after every `interval` new events, so that a start folds few events.
struct SnapshotService: Service {
    let log: EventLog
    /// Read again for each snapshot: the projections may be replaced.
    let projections: ServedProjections
    /// The number of new events after which a snapshot is stored.
    let interval: UInt64
    let logger: Logger

    func run() async throws {
        // By the name of the projection, the offset of the snapshot that this service stored last.
        var stored: [String: Offset] = [:]
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let next = projections.projectors.map { due(after: last(of: $0, stored)) }.min() ?? due(after: log.head)
            await cancelWhenGracefulShutdown { await log.waitForEvents(after: next) }
            let projectors = projections.projectors
            let names = Set(projectors.map { $0.anyProjection.name })
            stored = stored.filter { names.contains($0.key) }
            for projector in projectors where log.head > due(after: last(of: projector, stored)) {
                stored[projector.anyProjection.name] = await save(projector) ?? log.head
            }
        }
    }

    private func last(of projector: any SnapshotSource, _ stored: [String: Offset]) -> Offset {
        stored[projector.anyProjection.name] ?? projector.loadedSnapshot
    }

    /// The last offset for which the next snapshot need not be stored.
    private func due(after last: Offset) -> Offset {
        Offset(last.rawValue + min(max(interval, 1) - 1, Offset.end.rawValue - last.rawValue))
    }

    /// Stores a snapshot of each projection that has folded events since the snapshot that it was loaded from.
    func saveIfChanged() async {
        for projector in projections.projectors where projector.offset > projector.loadedSnapshot {
            await save(projector)
        }
    }

    /// Stores the newest state. After a failure the next start folds more events, and nothing is lost.
    @discardableResult
    private func save(_ projector: any SnapshotSource) async -> Offset? {
        let name = projector.anyProjection.name
        do throws(AppendError) {
            let offset = try await projector.saveSnapshot()
            logger.debug("snapshot stored", metadata: ["projection": "\(name)", "offset": "\(offset)"])
            return offset
        } catch {
            logger.warning("the snapshot was not stored", metadata: ["projection": "\(name)", "error": "\(error)"])
            return nil
        }
    }
}

/// Trims the events that are no longer kept, once at the start and then after each `interval`.
struct RetentionService: Service {
    let log: EventLog
    /// The projections whose states are stored before events are removed; read again for each trim.
    let projections: ServedProjections
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
            let served = projections.projectors.map(\.anyProjection)
            let names = Set(served.map { $0.name })
            // The events that could make the rows of an earlier definition are removed, so its snapshots are of no use.
            try await log.removeSnapshots { CollectionProjection.isName($0) && !names.contains($0) }
            let removed = try await log.trim(before: kept, projections: served)
            guard removed > 0 else { return }
            logger.info("trimmed", metadata: ["removed": "\(removed)", "first": "\(log.first)"])
        } catch {
            logger.warning("the log was not trimmed", metadata: ["error": "\(error)"])
        }
    }
}
