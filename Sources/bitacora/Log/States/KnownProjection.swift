import ArgumentParser
import BitacoraServer
import EventLog
import Inspection
import JSON
import Marketplace

/// The projections of the server, by the names of their snapshots.
enum KnownProjection: String, CaseIterable, ExpressibleByArgument {
    case marketplace

    /// The state as of an offset.
    func state(at offset: Offset, in log: EventLog) throws -> KnownState {
        switch self {
        case .marketplace: try Self.state(MarketplaceState.self, at: offset, in: log)
        }
    }

    /// The states as of two offsets, the second made from the first.
    func states(at first: Offset, and second: Offset, in log: EventLog) throws -> (KnownState, KnownState) {
        switch self {
        case .marketplace: try Self.states(MarketplaceState.self, first, second, in: log)
        }
    }

    private static func state<State: Projection>(
        _ type: State.Type, at offset: Offset, in log: EventLog
    ) throws -> KnownState {
        let state = try refusingTrimmed(type, at: offset, in: log) { () throws(ReadError) in
            try log.state(type, at: offset)
        }
        return KnownState(offset: state.offset, json: state.state.encoded(), warnings: state.loading.warnings)
    }

    private static func states<State: Projection>(
        _ type: State.Type, _ first: Offset, _ second: Offset, in log: EventLog
    ) throws -> (KnownState, KnownState) {
        let earlier = try refusingTrimmed(type, at: first, in: log) { () throws(ReadError) in
            try log.state(type, at: first)
        }
        let later = try refusingTrimmed(type, at: second, in: log) { () throws(ReadError) in
            try log.state(at: second, from: earlier.state, reached: first)
        }
        return (
            KnownState(offset: first, json: earlier.state.encoded(), warnings: earlier.loading.warnings),
            KnownState(offset: second, json: later.state.encoded(), warnings: later.loading.warnings)
        )
    }
}

extension KnownProjection {
    /// Makes a state as of `offset`.
    ///
    /// - Throws: a `Failure` that names the offsets with a state, when events that this state needs were trimmed;
    ///   `ReadError`.
    private static func refusingTrimmed<State: Projection, Value>(
        _ type: State.Type, at offset: Offset, in log: EventLog, _ make: () throws(ReadError) -> Value
    ) throws -> Value {
        do throws(ReadError) {
            return try make()
        } catch .gone(let first) {
            let places = try places(State.name, in: log)
            throw Failure(
                ExitStatus.unusable,
                "there is no state of \(State.name) at offset \(offset): events before offset \(first) are no longer kept; \(places)"
            )
        }
    }

    /// The offsets that have a state, for an error: those of snapshots, and all offsets from the first snapshot that the
    /// kept events continue.
    private static func places(_ name: String, in log: EventLog) throws(ReadError) -> String {
        let (before, head) = (log.first.previous, log.head)
        let snapshots = try log.snapshots().filter { $0.name == name && $0.offset <= head }.map(\.offset)
        var places = snapshots.filter { $0 < before }.map(\.description)
        if let start = snapshots.first(where: { $0 >= before }) {
            places.append(start == head ? "\(head)" : "\(start) to \(head)")
        }
        return places.isEmpty
            ? "no offset has a state; restore a backup" : "offsets with a state: " + places.joined(separator: ", ")
    }
}

/// A projection's state as the JSON of its snapshots.
struct KnownState {
    let offset: Offset
    let json: [UInt8]
    /// What was wrong on the way to it, a sentence each.
    let warnings: [String]

    /// Says what was wrong on standard error.
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
