import JSON
import Commands
import EventLog
import HTTPTypes
import Handlebars
import Logging
import ServiceLifecycle

/// The application of a running server, without its type; ``none`` for a server without an application.
struct RunningApplication: Sendable {
    /// Decides the commands.
    let commands: any CommandPerformer
    /// The event types that only commands append.
    let decidedTypes: DecidedTypes
    /// The states that the server shows and stores; empty without an application.
    let projections: ServedProjections
    /// What the application adds to the server.
    let parts: ApplicationParts
    /// The application of a folder; nil for an application in Swift, and without an application.
    var declared: DeclaredApplication?

    /// A server without an application.
    static var none: RunningApplication {
        RunningApplication(
            commands: NoCommands(), decidedTypes: DecidedTypes(), projections: ServedProjections(),
            parts: ApplicationParts())
    }

    /// Checks the events that clients append themselves.
    var appendCheck: AppendCheck { AppendCheck(decidedTypes: decidedTypes, declared: declared) }

    /// The parts of the server that an application is started with.
    struct Environment {
        let log: EventLog
        let views: ViewEngine
        let imageOrigins: ImageOrigins
        let options: ServerOptions
        let stateLimiter: ConcurrencyLimiter
        let eventReader: EventListReader
        let logger: Logger
    }

    /// Folds the log into the state of an application, and starts the application.
    static func start<Application: BitacoraApplication>(
        _ application: Application, _ environment: Environment
    ) async throws -> RunningApplication {
        let (log, logger) = (environment.log, environment.logger)
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
            log: log, views: environment.views, imageOrigins: environment.imageOrigins,
            isDevelopment: environment.options.isDevelopment, logger: logger, projector: projector, history: history,
            commands: CommandTable(application.commands), stateLimiter: environment.stateLimiter,
            eventReader: environment.eventReader)
        return RunningApplication(
            commands: context, decidedTypes: DecidedTypes(application.commands),
            projections: ServedProjections(.init(states: [history], projectors: [projector])),
            parts: try application.start(in: context))
    }
}

/// The event types that only the application's commands append.
///
/// If a client appended an event of such a type itself, the server would acknowledge the event and the projection would
/// skip it. `bitacora log import` accepts such events while no server runs: the events of a restored history were
/// decided before.
struct DecidedTypes: Sendable {
    /// For each event type, how its command is sent: `POST /api/orders`, or `the command order.place`.
    private let commands: [ExactText: String]

    /// No types.
    init() { commands = [:] }

    /// The types of an application's commands.
    init<State: Sendable>(_ commands: [CommandDefinition<State>]) {
        self.commands = Dictionary(
            uniqueKeysWithValues: commands.map { (ExactText($0.event), $0.address ?? "the command \($0.name)") })
    }

    /// Rejects events that a client appends itself when one of them has such a type.
    ///
    /// - Parameter isArray: whether the events came in an array, so that the wrong field is `[3].type` and not `type`.
    /// - Throws: `decided-type`, with status 422, for the first of them.
    func check(_ events: [NewEvent], isArray: Bool) throws(Problem) {
        for (index, event) in events.enumerated() {
            guard let command = commands[event.type] else { continue }
            throw Problem(
                .unprocessableContent, "decided-type",
                "\(event.type) events are appended by \(command), which checks them; "
                    + "to restore a history, stop the server and use bitacora log import",
                field: isArray ? "[\(index)].type" : "type")
        }
    }
}
