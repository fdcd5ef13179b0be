import ArgumentParser
import EventLog
import Inspection
import JSON

/// A projection of the application, by the name of its snapshots.
struct KnownProjection: ExpressibleByArgument {
    /// All projections of the application.
    static let all = Bitacora.projections.map(KnownProjection.init)

    private let projection: any Projection

    private init(_ projection: any Projection) { self.projection = projection }

    init?(argument: String) {
        guard let known = Self.all.first(where: { $0.name == argument }) else { return nil }
        self = known
    }

    static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }

    static var allValueStrings: [String] { all.map(\.name) }

    var name: String { projection.name }
    var defaultValueDescription: String { name }

    /// The state as of an offset.
    func state(at offset: Offset, in log: EventLog) throws -> KnownState {
        try Self.state(of: projection, at: offset, in: log)
    }

    /// The states as of two offsets; the second state is folded from the first.
    func states(at first: Offset, and second: Offset, in log: EventLog) throws -> (KnownState, KnownState) {
        try Self.states(of: projection, first, second, in: log)
    }

    private static func state<Source: Projection>(
        of projection: Source, at offset: Offset, in log: EventLog
    ) throws -> KnownState {
        let state = try refusingTrimmed(projection.name, at: offset, in: log) { () throws(ReadError) in
            try log.state(of: projection, at: offset)
        }
        return KnownState(
            offset: state.offset, json: projection.encode(state.state), warnings: state.loading.warnings)
    }

    private static func states<Source: Projection>(
        of projection: Source, _ first: Offset, _ second: Offset, in log: EventLog
    ) throws -> (KnownState, KnownState) {
        let earlier = try refusingTrimmed(projection.name, at: first, in: log) { () throws(ReadError) in
            try log.state(of: projection, at: first)
        }
        let later = try refusingTrimmed(projection.name, at: second, in: log) { () throws(ReadError) in
            try log.state(of: projection, at: second, from: earlier.state, reached: first)
        }
        return (
            KnownState(offset: first, json: projection.encode(earlier.state), warnings: earlier.loading.warnings),
            KnownState(offset: second, json: projection.encode(later.state), warnings: later.loading.warnings)
        )
    }
}

extension KnownProjection {
    /// Returns a state as of `offset`.
    ///
    /// - Throws: a `Failure` that names the offsets with a state, when events that this state needs were trimmed;
    ///   `ReadError`.
    private static func refusingTrimmed<Value>(
        _ name: String, at offset: Offset, in log: EventLog, _ make: () throws(ReadError) -> Value
    ) throws -> Value {
        do throws(ReadError) {
            return try make()
        } catch .gone(let first) {
            let offsets = try offsetsWithState(name, in: log)
            throw Failure(
                ExitStatus.unusable,
                "there is no state of \(name) at offset \(offset): events before offset \(first) are no longer kept; \(offsets)"
            )
        }
    }

    /// The offsets that have a state, for an error: the offsets of snapshots, and all offsets from the first snapshot that
    /// the kept events continue.
    private static func offsetsWithState(_ name: String, in log: EventLog) throws(ReadError) -> String {
        let (before, head) = (log.first.previous, log.head)
        let snapshots = try log.snapshots().filter { $0.name == name && $0.offset <= head }.map(\.offset)
        var offsets = snapshots.filter { $0 < before }.map(\.description)
        if let start = snapshots.first(where: { $0 >= before }) {
            offsets.append(start == head ? "\(head)" : "\(start) to \(head)")
        }
        return offsets.isEmpty
            ? "no offset has a state; restore a backup" : "offsets with a state: " + offsets.joined(separator: ", ")
    }
}

/// The state of a projection as the JSON of its snapshots.
struct KnownState {
    let offset: Offset
    let json: [UInt8]
    /// The snapshots that could not be used, a sentence each.
    let warnings: [String]

    /// Prints the warnings on standard error.
    func reportWarnings() {
        for warning in warnings { Terminal.standardError.write("bitacora: \(ShownText.escaped(warning))\n") }
    }

    func value() throws(Failure) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: json, maximumDepth: JSONValue.deepestMaximumDepth)
        } catch {
            throw Failure(ExitStatus.unusable, "the state at offset \(offset) is not JSON: \(error)")
        }
    }
}
