import Declarations
import EventLog
import Inspection
import KeyedRows

/// The application of a log: the definition of its collections and topics, and the projections that belong to it.
///
/// These projections belong to a log:
/// 1. the collections of the folder that `--app` names, and those of the definition that the log has stored; a collection
///    that both define in the same way counts once;
/// 2. the projection of the application in the executable, if the log has snapshots of that projection, or if there is no
///    definition at all.
///
/// Commands that keep, check or repair a log use all of them: with `--app` alone, `trim` could remove events that the stored
/// collections still need. Commands that show a state know the collections of one definition, that of `--app` if it is given.
struct LogApplication {
    /// The definition that topics and states are known from: that of `--app`, otherwise the stored one; nil when there is
    /// neither.
    let definition: ApplicationDefinition?
    /// All projections that belong to the log.
    let projections: [any Projection]
    /// The projections with a state that can be shown.
    let known: [KnownProjection]

    /// - Parameter given: the definition in the folder that `--app` names.
    /// - Throws: `ReadError`; `Failure` when the stored definition cannot be used.
    init(of log: EventLog, given: ApplicationDefinition?) throws {
        try self.init(of: log, given: given, stored: Self.stored(in: log))
    }

    private init(of log: EventLog, given: ApplicationDefinition?, stored: ApplicationDefinition?) throws(ReadError) {
        let definition = given ?? stored
        self.definition = definition
        let own =
            definition == nil
            ? Bitacora.projections : try Self.withSnapshots(of: Bitacora.projections, in: log)
        var collections = (definition?.collections ?? []).map(CollectionProjection.init)
        known =
            collections.map(KnownProjection.init) + own.map { KnownProjection.of($0) }
        if given != nil, let stored {
            let names = Set(collections.map(\.name))
            collections += stored.collections.map(CollectionProjection.init).filter { !names.contains($0.name) }
        }
        projections = collections + own
    }

    /// The projections whose snapshots are checked, in a log or in a copy.
    ///
    /// Collections are checked without those grouped from them: the snapshots also have the history of the groups that were
    /// defined earlier, which the present definition cannot make. A stored definition that cannot be used is reported on standard error: the events can be checked without it.
    static func projections(of log: EventLog, given: ApplicationDefinition?) -> [any Projection] {
        do {
            return checked(try LogApplication(of: log, given: given).projections)
        } catch {
            let reason = Failure(error)?.message ?? "\(error)"
            Terminal.standardError.write(
                ShownText.escaped("bitacora: \(reason); the snapshots of its collections were not checked") + "\n")
            return checked((given?.collections ?? []).map(CollectionProjection.init))
        }
    }

    private static func checked(_ projections: [any Projection]) -> [any Projection] {
        projections.map { ($0 as? CollectionProjection)?.withoutGroups ?? $0 }
    }

    private static func withSnapshots(
        of projections: [any Projection], in log: EventLog
    ) throws(ReadError) -> [any Projection] {
        let stored = Set(try log.snapshots().map(\.name))
        return projections.filter { stored.contains($0.name) }
    }

    /// The definition that the log has stored; nil when it has none.
    ///
    /// - Throws: `ReadError`; `Failure` for a definition of another version.
    static func stored(in log: EventLog) throws -> ApplicationDefinition? {
        guard let bytes = try log.definition() else { return nil }
        guard let stored = StoredDefinition(bytes) else { throw unusable(log, "it has an unknown form") }
        do throws(ApplicationFaults) {
            return try stored.definition
        } catch {
            throw unusable(log, error.faults.first?.description ?? "it has faults")
        }
    }

    private static func unusable(_ log: EventLog, _ reason: String) -> Failure {
        Failure(
            ExitStatus.unusable,
            "the definition of the application that the log in \(log.directory) has stored cannot be used: \(reason); pass the folder of the application with --app, or use the version of bitacora that served the log"
        )
    }
}
