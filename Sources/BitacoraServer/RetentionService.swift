import EventLog
import Logging
import ServiceLifecycle

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
