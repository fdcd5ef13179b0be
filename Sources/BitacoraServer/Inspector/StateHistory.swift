import EventLog
import HTTPTypes
import Inspection
import Synchronization

/// The past states of a projection, or of a part of it, without its type.
protocol PastStates: Sendable {
    /// The name in addresses and in the inspector.
    var name: String { get }
    /// Differs between two definitions of the same name that may give different states at one offset.
    var version: String { get }
    /// The offset of the newest state.
    var head: Offset { get }
    /// The state as of an offset up to the head, as JSON. May take seconds.
    func encodedState(at offset: Offset) throws(ReadError) -> [UInt8]
}

/// A part of the past states of a projection, with a name of its own: one of several collections.
struct NamedStates<Source: Projection>: PastStates {
    let name: String
    let version: String
    let history: StateHistory<Source>
    /// The part of the state, as JSON.
    let json: @Sendable (Source.State) -> [UInt8]

    var head: Offset { history.head }

    func encodedState(at offset: Offset) throws(ReadError) -> [UInt8] { json(try history.state(at: offset)) }
}

/// Computes the state of a projection as of any offset, and caches states on the way.
///
/// The log keeps snapshots near its head only, so a past state is folded from the first event, or from the nearest
/// cached state before it. When a visitor moves the slider of the inspector, the cost is little more than the events in
/// between.
final class StateHistory<Source: Projection>: PastStates {
    typealias State = Source.State

    /// The maximum number of cached states; the states of a projection share the parts that did not change.
    static var maximumCached: Int { 24 }
    /// A fold of the whole log caches this many states.
    private static var marks: UInt64 { 16 }

    private struct CachedState {
        let state: State
        var lastUse: UInt64
    }

    private struct Cache {
        var states: [Offset: CachedState] = [:]
        var uses: UInt64 = 0
    }

    private let projector: Projector<Source>
    private let log: EventLog
    private let cache = Mutex(Cache())

    init(_ projector: Projector<Source>, in log: EventLog) {
        self.projector = projector
        self.log = log
    }

    var name: String { projector.projection.name }

    var version: String { name }

    var head: Offset { projector.value.offset }

    /// The state as in a snapshot, which is JSON for the projection of an application.
    func encodedState(at offset: Offset) throws(ReadError) -> [UInt8] {
        projector.projection.encode(try state(at: offset))
    }

    /// The state as of `offset`, at most the head.
    ///
    /// May take seconds in a long log: call this through a `ConcurrencyLimiter`, never on an event loop.
    func state(at offset: Offset) throws(ReadError) -> State {
        let newest = projector.value
        if offset == newest.offset { return newest.state }
        let snapshot = try log.snapshots().last { $0.name == name && $0.offset <= offset }?.offset ?? .start
        var (state, reached) = nearest(to: offset)
        if reached < snapshot || reached < log.first.previous {
            // The projector reads the snapshot.
            state = try projector.value(at: offset).state
            reached = offset
        }
        let distance = max(1, log.head.rawValue / Self.marks)
        while reached < offset {
            let mark = Offset(min(offset.rawValue, (reached.rawValue / distance + 1) * distance))
            do throws(ReadError) {
                state = try log.state(of: projector.projection, at: mark, from: state, reached: reached).state
                reached = mark
            } catch .gone {
                // The events up to the mark have been trimmed; a snapshot exists from which `offset` can be reached.
                state = try projector.value(at: offset).state
                reached = offset
            }
            store(state, at: reached)
        }
        store(state, at: offset)
        return state
    }

    /// The newest cached state at or before an offset, or the initial state.
    private func nearest(to offset: Offset) -> (State, Offset) {
        let initial = projector.projection.initial
        return cache.withLock { cache in
            guard let offset = cache.states.keys.filter({ $0 <= offset }).max(), let cached = cache.states[offset]
            else {
                return (initial, .start)
            }
            cache.uses += 1
            cache.states[offset]?.lastUse = cache.uses
            return (cached.state, offset)
        }
    }

    private func store(_ state: State, at offset: Offset) {
        cache.withLock { cache in
            cache.uses += 1
            cache.states[offset] = CachedState(state: state, lastUse: cache.uses)
            guard cache.states.count > Self.maximumCached,
                let oldest = cache.states.min(by: { $0.value.lastUse < $1.value.lastUse })
            else { return }
            cache.states[oldest.key] = nil
        }
    }
}

/// Finds the offset of a past state that a request asks for by offset or time.
enum StateOffset {
    /// The value of `at`, the moment that a request asks for; nil for the newest state.
    ///
    /// An empty `at` is ignored, because HTML forms send their empty fields too.
    static func requested(_ query: Query) -> String? {
        query["at"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The last event of the state that `text` asks for.
    ///
    /// - Parameters:
    ///   - text: a ``LogMoment``.
    ///   - field: the name of the parameter, for the error.
    ///   - head: the last offset that has a state.
    /// - Throws: `.invalid` when `text` is neither an offset nor a time; `not-found` for an offset that has no state in
    ///   this log, with the offsets that have one.
    static func parse(_ text: String, field: String, in log: EventLog, head: Offset) throws(Problem) -> Offset {
        let moment: LogMoment
        do throws(InvalidParameter) {
            moment = try LogMoment(text, field: field)
        } catch {
            throw Problem(error)
        }
        let offset: Offset
        switch moment {
        case .offset(let written): offset = written
        case .time(let time):
            do throws(ReadError) {
                offset = min(head, try LogReader(log, damage: Damage()).offset(asOf: time))
            } catch {
                throw Problem(error)
            }
        }
        try check(offset, field: field, in: log, head: head)
        return offset
    }

    /// - Throws: `not-found` for an offset that has no state in this log, with the offsets that have one.
    static func check(_ offset: Offset, field: String?, in log: EventLog, head: Offset) throws(Problem) {
        let lowest = log.first.previous
        guard offset >= lowest, offset <= head else {
            throw Problem(
                .notFound, "not-found",
                "there is no state at offset \(offset); offsets \(lowest) to \(head) have a state", field: field)
        }
    }
}

extension Problem {
    /// The error when the events up to `moment` cannot be read.
    ///
    /// - Parameter moment: the text of the request.
    init(noStateAt moment: String, _ error: ReadError) {
        guard case .damaged = error else {
            self.init(error)
            return
        }
        // Without the damaged event the state would be wrong.
        self.init(.gone, "damaged", "the state at \(moment.prefix(64)) cannot be computed: \(error)")
    }
}
