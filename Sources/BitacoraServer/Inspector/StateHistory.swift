import EventLog
import HTTPTypes
import Inspection
import Synchronization

/// The states of an application at any offset, without its type.
protocol PastStates: Sendable {
    /// The name of the projection.
    var name: String { get }
    /// The offset of the newest state.
    var head: Offset { get }
    /// The state as of an offset up to the head, as a snapshot has it; may take seconds.
    func encodedState(at offset: Offset) throws(ReadError) -> [UInt8]
}

/// A projection's state as of any offset.
///
/// The log keeps snapshots near its head only, so the past is folded from the beginning. Each fold leaves states
/// behind on its way: the next one begins at the nearest, and whoever goes to and fro with the slider pays for
/// little more than the distance.
final class StateHistory<Source: Projection>: PastStates {
    typealias State = Source.State

    /// How many states are kept; those of a projection share what did not change between them.
    static var maximumKept: Int { 24 }
    /// A long fold leaves this many behind over the whole log.
    private static var marks: UInt64 { 16 }

    private struct Kept {
        let state: State
        var lastUse: UInt64
    }

    private struct Memory {
        var kept: [Offset: Kept] = [:]
        var uses: UInt64 = 0
    }

    private let projector: Projector<Source>
    private let log: EventLog
    private let memory = Mutex(Memory())

    init(_ projector: Projector<Source>, in log: EventLog) {
        self.projector = projector
        self.log = log
    }

    var name: String { projector.projection.name }

    var head: Offset { projector.value.offset }

    func encodedState(at offset: Offset) throws(ReadError) -> [UInt8] {
        projector.projection.encode(try state(at: offset))
    }

    /// The state as of `offset`, which is not beyond the head.
    ///
    /// May take seconds in a long log: call it through a `WorkGate`, never on an event loop.
    func state(at offset: Offset) throws(ReadError) -> State {
        let newest = projector.value
        if offset == newest.offset { return newest.state }
        let snapshot = try log.snapshots().last { $0.name == name && $0.offset <= offset }?.offset ?? .start
        var (state, reached) = nearest(to: offset)
        if reached < snapshot || reached < log.first.previous {
            // The projector knows how to read snapshots.
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
                // The mark was trimmed meanwhile; a snapshot was kept from which `offset` can be reached.
                state = try projector.value(at: offset).state
                reached = offset
            }
            keep(state, at: reached)
        }
        keep(state, at: offset)
        return state
    }

    /// The state before everything when none before `offset` is kept.
    private func nearest(to offset: Offset) -> (State, Offset) {
        let initial = projector.projection.initial
        return memory.withLock { memory in
            guard let place = memory.kept.keys.filter({ $0 <= offset }).max(), let kept = memory.kept[place] else {
                return (initial, .start)
            }
            memory.uses += 1
            memory.kept[place]?.lastUse = memory.uses
            return (kept.state, place)
        }
    }

    private func keep(_ state: State, at offset: Offset) {
        memory.withLock { memory in
            memory.uses += 1
            memory.kept[offset] = Kept(state: state, lastUse: memory.uses)
            guard memory.kept.count > Self.maximumKept,
                let oldest = memory.kept.min(by: { $0.value.lastUse < $1.value.lastUse })
            else { return }
            memory.kept[oldest.key] = nil
        }
    }
}

/// Finds the offset of a state of the past that a request asks for by offset or time.
enum StateOffset {
    /// The last event of the state that `text` asks for.
    ///
    /// - Parameters:
    ///   - text: a ``LogMoment``.
    ///   - field: the parameter's name, for the problem.
    ///   - head: the last offset that has a state.
    /// - Throws: `.invalid` when `text` is neither an offset nor a time; `not-found` for an offset that has no state in
    ///   this log, with the offsets that have one.
    static func parse(_ text: String, field: String, in log: EventLog, head: Offset) throws(Problem) -> Offset {
        let lowest = log.first.previous
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
        guard offset >= lowest, offset <= head else {
            throw Problem(
                .notFound, "not-found",
                "there is no state at offset \(offset); offsets \(lowest) to \(head) have a state", field: field)
        }
        return offset
    }
}

extension Problem {
    /// The answer when the events up to `moment` cannot be read.
    ///
    /// - Parameter moment: the text of the request.
    init(noStateAt moment: String, _ error: ReadError) {
        guard case .damaged = error else {
            self.init(error)
            return
        }
        // Without the damaged event the state would be another one.
        self.init(.gone, "damaged", "there is no state at \(moment.prefix(64)): \(error)")
    }
}
