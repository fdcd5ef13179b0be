import JSON
import Declarations
import EventLog
import KeyedRows
import Logging

/// One version of a folder application: its definition, with the collections that it declares.
struct DeclaredVersion: Sendable {
    let definition: ApplicationDefinition
    /// The collections with `from`, in the order of the definition.
    let roots: [RootCollection]
    /// All collections, also the grouped ones, by their names.
    private(set) var collections: [ExactText: ServedCollection]
    /// The names of all collections, in the order of the definition.
    let collectionNames: [String]
    /// The commands by their names.
    let commands: [ExactText: DeclaredCommand]
    let pages: PageTable

    private init(_ definition: ApplicationDefinition, _ roots: [RootCollection], since: (Identity) -> Offset) {
        self.definition = definition
        self.roots = roots
        commands = Dictionary(definition.commands.map { (ExactText($0.name), $0) }) { first, _ in first }
        pages = PageTable(definition.pages)
        collectionNames = definition.collections.flatMap(\.names)
        collections = [:]
        for root in roots {
            let ids = CollectionIdentity.ids(of: root.projector.projection)
            for (index, (name, id)) in zip(root.definition.names, ids).enumerated() {
                collections[name] = ServedCollection(
                    name: name, definition: id, since: since((name, id)), root: root, index: index)
            }
        }
    }

    private typealias Identity = (name: String, id: String)

    /// Stores the definition in the log, if the log has another one.
    ///
    /// Logs the names of collections that the stored definition has and this one has not, and of those that begin after
    /// trimmed events.
    func store(in environment: Environment) async throws {
        let log = environment.log
        let stored = StoredDefinition(
            archive: definition.archive,
            collections: collections.mapValues { StoredDefinition.Collection(id: $0.definition, since: $0.since) })
        guard let known = try log.definition() else { return try await log.storeDefinition(stored.bytes) }
        guard known != stored.bytes else { return }
        let earlier = StoredDefinition(known)?.collections ?? [:]
        let dropped = earlier.keys.filter { collections[$0] == nil }.sorted().map(\.text)
        if !dropped.isEmpty {
            environment.logger.notice("collections removed: \(dropped.joined(separator: ", "))")
        }
        try await removeSnapshots(of: earlier, in: environment)
        try await log.storeDefinition(stored.bytes)
    }

    /// Removes the snapshots that only an earlier definition used, if the events can make them again.
    ///
    /// After a trim they have what the log does not have any more: they stay until the next trim, so that the earlier
    /// definition can be served again with all of its rows.
    private func removeSnapshots(
        of earlier: [ExactText: StoredDefinition.Collection], in environment: Environment
    ) async throws {
        let log = environment.log
        let used = Set(roots.map(\.projector.projection.name))
        let unused = Set(earlier.values.map(\.id)).subtracting(used)
        guard log.first.previous == .start else {
            let late = roots.filter { $0.projector.value.state.startedAfter > .start }.map(\.projector.projection.name)
            guard !late.isEmpty, !unused.isEmpty else { return }
            return environment.logger.warning(
                "changed collections have no rows of the events that were trimmed; serve the earlier definition to see them again, before the next trim removes them",
                metadata: ["collections": "\(late.joined(separator: ", "))"])
        }
        let removed = try await log.removeSnapshots { unused.contains($0) }
        if !removed.isEmpty {
            environment.logger.notice(
                "the snapshots of changed collections were removed",
                metadata: ["collections": "\(removed.joined(separator: ", "))"])
        }
    }

    /// The states that the server shows, and the projectors whose states it stores.
    var served: ServedProjections.Contents {
        ServedProjections.Contents(
            states: collectionNames.compactMap { collections[$0]?.past }, projectors: roots.map(\.projector))
    }

    /// What a version is built with.
    struct Environment: Sendable {
        let log: EventLog
        /// Limits how many past states are computed at once.
        let stateLimiter: ConcurrencyLimiter
        let logger: Logger
    }

    /// Builds the first version of a server: folds the log into the collections.
    ///
    /// A collection with another definition than the log has stored is in force since the head.
    static func first(
        _ definition: ApplicationDefinition, in environment: Environment
    ) async throws -> DeclaredVersion {
        let stored = try environment.log.definition().flatMap(StoredDefinition.init)
        let roots = try await roots(of: definition, keeping: [], environment)
        let head = environment.log.head
        return DeclaredVersion(definition, roots) { collection in
            guard let stored else { return .start }
            guard let known = stored.collections[collection.name], known.id == collection.id else { return head }
            return known.since
        }
    }

    /// Builds the version that replaces this one; this one keeps serving in the meantime.
    ///
    /// Collections whose definition has not changed are shared. The others have `since` at the end of all offsets,
    /// until `settled(at:)`: readers of this version may still get positions.
    func next(_ definition: ApplicationDefinition, in environment: Environment) async throws -> DeclaredVersion {
        let roots = try await Self.roots(of: definition, keeping: roots, environment)
        return DeclaredVersion(definition, roots) { collection in
            guard let known = collections[collection.name], known.definition == collection.id else { return .end }
            return known.since
        }
    }

    /// This version, with changed collections in force since an offset.
    ///
    /// - Parameter head: the offset of the last event that the collections of the earlier version may contain.
    func settled(at head: Offset) -> DeclaredVersion {
        var version = self
        for (name, collection) in collections where collection.since == .end {
            version.collections[name]?.since = head
        }
        return version
    }

    private static func roots(
        of definition: ApplicationDefinition, keeping known: [RootCollection], _ environment: Environment
    ) async throws -> [RootCollection] {
        var roots: [RootCollection] = []
        do {
            for collection in definition.collections {
                if let root = known.first(where: { $0.definition == collection }) {
                    roots.append(root)
                } else {
                    roots.append(try await fold(collection, environment))
                }
            }
        } catch {
            for root in roots where !known.contains(where: { $0 === root }) { await root.projector.detach() }
            throw error
        }
        return roots
    }

    private static func fold(
        _ collection: CollectionDefinition, _ environment: Environment
    ) async throws -> RootCollection {
        let projector = try await environment.log.project(CollectionProjection(collection))
        for warning in projector.loading.warnings { environment.logger.warning("\(warning)") }
        environment.logger.info(
            "collection folded",
            metadata: [
                "collection": "\(collection.name)", "snapshot": "\(projector.loading.snapshot)",
                "folded": "\(projector.loading.folded)",
            ])
        return RootCollection(projector, in: environment.log, limiter: environment.stateLimiter)
    }
}
