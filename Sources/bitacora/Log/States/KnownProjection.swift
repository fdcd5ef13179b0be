import EventLog
import Inspection
import JSON
import KeyedRows

/// A projection of a log, and the states that it has: one for an application in Swift; for a collection its rows, and those
/// of each collection that is grouped from it.
struct KnownProjection {
    /// The names of the states.
    let names: [String]
    private let fold: (_ offsets: [Offset], _ name: String, _ log: EventLog) throws -> [KnownStates]

    private init<Source: Projection>(
        _ projection: Source, names: [String], json: @escaping (Source.State, _ name: String) -> [UInt8]
    ) {
        self.names = names
        fold = { try Self.states(of: projection, shownAs: $1, at: $0, in: $2, json: json) }
    }

    /// The projection of an application in Swift. Its state is shown as the JSON of its snapshots.
    static func of<Source: Projection>(_ projection: Source) -> KnownProjection {
        KnownProjection(projection, names: [projection.name]) { state, _ in projection.encode(state) }
    }

    /// A collection with those that are grouped from it.
    init(_ collection: CollectionProjection) {
        self.init(collection, names: collection.definition.names) { state, name in state.json(name) }
    }

    /// The states as of an offset.
    ///
    /// - Parameter name: the name that an error has; nil for those of all states.
    func states(at offset: Offset, in log: EventLog, shownAs name: String?) throws -> KnownStates {
        try fold([offset], name ?? allNames, log)[0]
    }

    /// The states as of two offsets, of which the second is not less; the second states are folded from the first.
    ///
    /// - Parameter name: the name that an error has; nil for those of all states.
    func states(
        at first: Offset, and second: Offset, in log: EventLog, shownAs name: String?
    ) throws -> (KnownStates, KnownStates) {
        let states = try fold([first, second], name ?? allNames, log)
        return (states[0], states[1])
    }

    private var allNames: String { names.joined(separator: ", ") }

    /// The states as of ascending offsets, each folded from the one before.
    private static func states<Source: Projection>(
        of projection: Source, shownAs name: String, at offsets: [Offset], in log: EventLog,
        json: @escaping (Source.State, _ name: String) -> [UInt8]
    ) throws -> [KnownStates] {
        var states: [KnownStates] = []
        var earlier: (state: Source.State, offset: Offset)?
        for offset in offsets {
            let found = try refusingTrimmed(projection, shownAs: name, at: offset, in: log) {
                () throws(ReadError) in
                guard let earlier else { return try log.state(of: projection, at: offset) }
                return try log.state(of: projection, at: offset, from: earlier.state, reached: earlier.offset)
            }
            earlier = (found.state, offset)
            states.append(KnownStates(offset: found.offset, warnings: found.loading.warnings) { json(found.state, $0) })
        }
        return states
    }
}

extension KnownProjection {
    /// Returns a state as of `offset`.
    ///
    /// - Throws: a `Failure` that names the offsets with a state, when events that this state needs were trimmed;
    ///   `ReadError`.
    private static func refusingTrimmed<Source: Projection, Value>(
        _ projection: Source, shownAs name: String, at offset: Offset, in log: EventLog,
        _ make: () throws(ReadError) -> Value
    ) throws -> Value {
        do throws(ReadError) {
            return try make()
        } catch .gone(let first) {
            let offsets = try offsetsWithState(projection, in: log)
            throw Failure(
                ExitStatus.unusable,
                "there is no state of \(name) at offset \(offset): events before offset \(first) are no longer kept; \(offsets)"
            )
        }
    }

    /// The offsets that have a state, for an error: the offsets of snapshots, and all offsets from the first one that the
    /// kept events continue.
    ///
    /// That is the offset before the kept events, if there is a snapshot or the projection can begin there; otherwise the
    /// first snapshot after it.
    private static func offsetsWithState(
        _ projection: some Projection, in log: EventLog
    ) throws(ReadError) -> String {
        let (before, head) = (log.first.previous, log.head)
        let snapshots = try log.snapshots().filter { $0.name == projection.name && $0.offset <= head }.map(\.offset)
        var offsets = snapshots.filter { $0 < before }.map(\.description)
        // This state needs no event.
        let begins = (try? log.state(of: projection, at: before)) != nil
        if let start = begins ? before : snapshots.first(where: { $0 >= before }) {
            offsets.append(start == head ? "\(head)" : "\(start) to \(head)")
        }
        return offsets.isEmpty
            ? "no offset has a state; restore a backup" : "offsets with a state: " + offsets.joined(separator: ", ")
    }
}

extension [KnownProjection] {
    /// The projection with a state of this name.
    ///
    /// - Throws: `Failure` with the known names when there is none.
    func projection(named name: String, in log: EventLog) throws(Failure) -> KnownProjection {
        if let found = first(where: { $0.names.contains(name) }) { return found }
        let names = flatMap(\.names)
        guard !names.isEmpty else {
            throw Failure(
                ExitStatus.refused,
                "there is no collection or projection '\(name)': the application of the log in \(log.directory) has no collections"
            )
        }
        let hint = Spelling.nearest(to: name, among: names).map { "; did you mean '\($0)'?" } ?? ""
        throw Failure(
            ExitStatus.refused,
            "the log in \(log.directory) has no collection or projection '\(name)'; the names are \(names.joined(separator: ", "))\(hint)"
        )
    }
}

/// The states of a projection at an offset.
struct KnownStates {
    let offset: Offset
    /// The snapshots that could not be used, a sentence each.
    let warnings: [String]
    private let encoded: (_ name: String) -> [UInt8]

    init(offset: Offset, warnings: [String], _ encoded: @escaping (_ name: String) -> [UInt8]) {
        (self.offset, self.warnings, self.encoded) = (offset, warnings, encoded)
    }

    /// Prints the warnings on standard error.
    func reportWarnings() {
        for warning in warnings { Terminal.standardError.write("bitacora: \(ShownText.escaped(warning))\n") }
    }

    /// The state of a name as JSON.
    func json(_ name: String) -> [UInt8] { encoded(name) }

    /// The state of a name as a value.
    func value(_ name: String) throws(Failure) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: json(name), maximumDepth: JSONValue.deepestMaximumDepth)
        } catch {
            throw Failure(ExitStatus.unusable, "the state at offset \(offset) is not JSON: \(error)")
        }
    }
}
