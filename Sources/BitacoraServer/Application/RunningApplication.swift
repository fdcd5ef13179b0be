import Commands
import EventLog
import HTTPTypes
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

/// The event types that the application decides: only its commands append events of these types.
///
/// An event of such a type that was appended without a decision would be acknowledged, and skipped by the projection.
/// `bitacora log import` takes such events while no server runs: the events of a restored history were decided before.
struct DecidedTypes: Sendable {
    /// By event type, how its command is sent: `POST /api/orders`, or `the command order.place`.
    private let ways: [String: String]

    /// No types.
    init() { ways = [:] }

    /// The types of an application's commands.
    init<State: Sendable>(_ commands: [CommandDefinition<State>]) {
        ways = Dictionary(
            uniqueKeysWithValues: commands.map { ($0.event, $0.address ?? "the command \($0.name)") })
    }

    /// Refuses raw events of which one has a decided type.
    ///
    /// - Parameter isArray: whether the events came in an array, so that the wrong field is `[3].type` and not `type`.
    /// - Throws: `decided-type`, with status 422, for the first of them.
    func check(_ events: [NewEvent], isArray: Bool) throws(Problem) {
        for (index, event) in events.enumerated() {
            guard let way = ways[event.type] else { continue }
            throw Problem(
                .unprocessableContent, "decided-type",
                "\(event.type) events are appended by \(way), which checks them; "
                    + "to restore a history, stop the server and use bitacora log import",
                field: isArray ? "[\(index)].type" : "type")
        }
    }
}
