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

    private static func state<State: Projection>(_ type: State.Type, at offset: Offset, in log: EventLog) throws -> KnownState {
        let state = try log.state(type, at: offset)
        return KnownState(offset: state.offset, json: state.state.encoded(), warnings: state.loading.warnings)
    }

    private static func states<State: Projection>(
        _ type: State.Type, _ first: Offset, _ second: Offset, in log: EventLog
    ) throws -> (KnownState, KnownState) {
        let earlier = try log.state(type, at: first)
        let later = try log.state(at: second, from: earlier.state, reached: first)
        return (
            KnownState(offset: first, json: earlier.state.encoded(), warnings: earlier.loading.warnings),
            KnownState(offset: second, json: later.state.encoded(), warnings: later.loading.warnings)
        )
    }
}

/// A projection's state as the JSON of its snapshots.
struct KnownState {
    let offset: Offset
    let json: [UInt8]
    /// What was wrong on the way to it, a sentence each.
    let warnings: [String]

    /// Says what was wrong on standard error.
    func tellWarnings() {
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
