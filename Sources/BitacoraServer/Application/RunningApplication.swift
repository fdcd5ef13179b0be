import Commands
import EventLog
import Handlebars
import Logging
import ServiceLifecycle

/// The application of a running server, without its type; or a server that runs without one.
struct RunningApplication: Sendable {
    /// Decides the commands.
    let commands: any CommandPerformer
    /// The event types that only commands append.
    let decidedTypes: DecidedTypes
    /// The states of the past; nil without an application.
    let states: (any PastStates)?
    let parts: ApplicationParts
    /// Stores snapshots of the state; nil without an application.
    let snapshots: (any SnapshotWriter)?

    /// A server without an application.
    static let none = RunningApplication(
        commands: NoCommands(), decidedTypes: DecidedTypes(), states: nil, parts: ApplicationParts(), snapshots: nil)

    /// What an application is started with.
    struct Surroundings {
        let log: EventLog
        let views: ViewEngine
        let images: ImageOrigins
        let options: ServerOptions
        let folds: WorkGate
        let eventPages: EventPages
        let logger: Logger
    }

    /// Folds the log into the state of an application, and starts it.
    static func start<Application: BitacoraApplication>(
        _ application: Application, _ surroundings: Surroundings
    ) async throws -> RunningApplication {
        let (log, logger) = (surroundings.log, surroundings.logger)
        let projector = try await log.project(application.projection)
        for warning in projector.loading.warnings { logger.warning("\(warning)") }
        logger.info(
            "application started",
            metadata: [
                "application": "\(application.name)", "snapshot": "\(projector.loading.snapshot)",
                "folded": "\(projector.loading.folded)",
            ])
        let history = StateHistory(projector, in: log)
        let context = ApplicationContext(
            log: log, views: surroundings.views, images: surroundings.images,
            isDevelopment: surroundings.options.isDevelopment, logger: logger, projector: projector, history: history,
            commands: CommandTable(application.commands), folds: surroundings.folds,
            eventPages: surroundings.eventPages)
        return RunningApplication(
            commands: context, decidedTypes: DecidedTypes(application.commands), states: history,
            parts: try application.start(in: context),
            snapshots: SnapshotService(
                log: log, projector: projector, interval: surroundings.options.snapshotInterval, logger: logger))
    }
}
