import JSON
import Declarations
import EventLog
import Logging
import ServiceLifecycle

/// Reads the folder of an application again when its files change, in development mode.
///
/// A definition with faults is reported in the server's log, and the earlier one keeps serving. Otherwise the changed
/// collections are folded beside the earlier ones, and then replace them:
/// ```
///  files change ─► two polls with equal statuses ─► read, check ─► fold changed collections ─► replace ─► detach the earlier
///                                                       │ faults: logged once                             ─► store in the log
/// ```
struct FolderWatcher: Service {
    /// The time between two polls.
    static let interval = Duration.milliseconds(250)

    let folder: String
    let application: DeclaredApplication
    let projections: ServedProjections
    let environment: DeclaredVersion.Environment
    /// The statuses of the files that the application was read from.
    let initialStatuses: [ExactText: ApplicationFolder.FileStatus]

    private var logger: Logger { environment.logger }

    func run() async throws {
        var (read, seen) = (initialStatuses, initialStatuses)
        var hasFaults = false
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            await cancelWhenGracefulShutdown { try? await Task.sleep(for: Self.interval) }
            let statuses = ApplicationFolder.statuses(folder)
            defer { seen = statuses }
            // An editor may still be writing the files that differ from the last poll.
            guard statuses != read, statuses == seen else { continue }
            read = statuses
            hasFaults = !(await reload(hadFaults: hasFaults))
        }
    }

    /// - Returns: whether the application in the folder is served now.
    private func reload(hadFaults: Bool) async -> Bool {
        do {
            let definition = try ApplicationFolder.definition(folder)
            let isChanged = definition.archive != application.version.definition.archive
            if isChanged { try await replace(with: definition) }
            if isChanged || hadFaults {
                logger.notice("the application was read again", metadata: ["folder": "\(folder)"])
            }
            return true
        } catch let error as ApplicationFaults {
            for fault in ApplicationFolderError(error, in: folder).faults { logger.error("\(fault)") }
            logger.error("the application has faults; the version before the change is served")
        } catch {
            logger.error(
                "the application could not be replaced; the version before the change is served",
                metadata: ["error": "\(error)"])
        }
        return false
    }

    private func replace(with definition: ApplicationDefinition) async throws {
        let (log, earlier) = (environment.log, application.version)
        let next = try await earlier.next(definition, in: environment)
        application.replace(with: next)
        projections.replace(with: next.served)
        for root in earlier.roots where !next.roots.contains(where: { $0 === root }) { await root.projector.detach() }
        // No reader gets a later position from the detached collections.
        application.replace(with: next.settled(at: log.head))
        try await application.version.store(in: environment)
    }
}
