internal import LMDB
internal import Synchronization

/// Keeps the state of a projection at the head of the log, and decides commands against it.
///
/// The published state contains durable events only. A command is decided in the order of the writer, against a state that
/// contains every event before it, also those of the same group commit. Two commands that exclude each other are
/// therefore never both accepted.
public final class Projector<Source: Projection>: Sendable {
    /// The projection's state.
    public typealias State = Source.State

    /// A state with its offset.
    public struct Value: Sendable {
        /// The state after the event at `offset`.
        public let state: State
        /// The last event that is part of the state.
        public let offset: Offset
    }

    /// How the state was loaded.
    public struct Loading: Sendable {
        /// The offset of the snapshot that was used; `start` when none was.
        public internal(set) var snapshot = Offset.start
        /// The number of events that were folded after the snapshot.
        public internal(set) var folded = 0
        /// The offset after which the state begins, when earlier events were trimmed and no usable snapshot replaces them
        /// (``Projection/initial(afterTrimmed:)``); nil when it begins with a snapshot or with the first event of the log.
        public internal(set) var startedAfter: Offset?
        /// One sentence for each snapshot that could not be used, and one when the state begins after trimmed events.
        public internal(set) var warnings: [String] = []
    }

    /// The projection whose state this is.
    public let projection: Source

    private let stage: Stage
    private let log: EventLog

    init(_ projection: Source, log: EventLog) {
        self.projection = projection
        self.log = log
        stage = Stage(projection)
    }

    /// Folds the history and then follows the log.
    ///
    /// A separate thread folds the history. The writer's thread, which producers wait for, folds only the events that were
    /// appended in the meantime.
    func attach() async throws(AppendError) {
        let (stage, log) = (stage, log)
        await withCheckedContinuation { continuation in
            Thread.start {
                // The second pass folds only what was appended during the first.
                for _ in 0..<2 { stage.prepare(from: log.store, through: log.head) }
                continuation.resume()
            }
        }
        _ = try await log.submit(.attach(stage), bytes: 0)
        if let error = stage.loadError { throw AppendError(.failed, explanation(of: error)) }
    }

    /// Ends the projection: from then on the writer does not fold events into the state, which stays as it is.
    ///
    /// For a projection that is replaced while the log is open; without this call the writer folds every event into the
    /// state until the log is closed. A later ``append(id:bytes:_:)`` is refused as `.closed`; ``value`` stays readable, and
    /// ``saveSnapshot()`` stores it. A group of appends that is being written may still be folded. A second call does
    /// nothing.
    public func detach() async {
        guard stage.detach() else { return }
        // Wakes the writer. A writer with too many jobs rejects this one, and sees `isDetached` with its next job.
        _ = try? await log.submit(.detach, bytes: 0)
    }

    private func explanation(of error: ReadError) -> String {
        guard case .gone = error else { return "\(error)" }
        return
            "the state of \(projection.name) cannot be rebuilt: \(error), and no usable snapshot replaces them; restore a backup"
    }

    /// The newest durable state.
    public var value: Value { stage.published.withLock { $0 } }

    /// How the state was loaded when the projector was made.
    public var loading: Loading { stage.loading.withLock { $0 } }

    /// Decides on the newest state which events to append, and appends them.
    ///
    /// - Parameters:
    ///   - id: makes a retry safe. When the log has an event with this id, `decide` is not called and the receipt has the
    ///     offset of that event; otherwise the first event gets the id.
    ///   - bytes: about how much memory the command takes while it waits for its decision.
    ///   - decide: gets the state and the time that the events will have, and returns the events. It runs on the writer's
    ///     thread, must be quick, and may run more than once. When it throws, nothing is written.
    /// - Returns: the offsets of the events; none when `decide` returned no event.
    /// - Throws: `.refused` with the error of `decide`, or `.append` when the events could not be appended or the projector
    ///   is detached.
    public func append<Reason: Error>(
        id: String? = nil, bytes: Int = 1024,
        _ decide: @escaping @Sendable (State, Timestamp) throws(Reason) -> [NewEvent]
    ) async throws(CommandError<Reason>) -> Receipt {
        if let id {
            do throws(AppendError) { try EventLimits.check(id: id) } catch { throw .append(error) }
        }
        let rejection = Rejection<Reason>()
        let limits = log.limits
        let stage = stage
        let receipt: Receipt
        do throws(AppendError) {
            receipt = try await log.submit(
                .append(id: id) { time in
                    rejection.error.withLock { $0 = nil }
                    guard !stage.isDetached else {
                        rejection.error.withLock { $0 = .append(Self.detachedError(stage.name)) }
                        return nil
                    }
                    do throws(CommandError<Reason>) {
                        return try Self.events(id, limits, { () throws(Reason) in try decide(stage.pending, time) })
                    } catch {
                        rejection.error.withLock { $0 = error }
                        return nil
                    }
                }, bytes: bytes)
        } catch {
            throw .append(error)
        }
        if let refusal = rejection.error.withLock({ $0 }) { throw refusal }
        return receipt
    }

    private static func detachedError(_ name: String) -> AppendError {
        AppendError(.closed, "the projection \(name) was replaced while the command waited; send the command again")
    }

    /// Carries a refusal from the writer thread to the producer.
    private final class Rejection<Reason: Error>: Sendable {
        let error = Mutex<CommandError<Reason>?>(nil)
    }

    private static func events<Reason: Error>(
        _ id: String?, _ limits: EventLimits, _ decide: () throws(Reason) -> [NewEvent]
    ) throws(CommandError<Reason>) -> EncodedEvents {
        var events: [NewEvent]
        do throws(Reason) {
            events = try decide()
        } catch {
            throw .refused(error)
        }
        if let id, !events.isEmpty { events[0].id = id }
        do throws(AppendError) {
            return try EncodedEvents(events, limits)
        } catch {
            throw .append(error)
        }
    }

    /// Stores the newest state, so that the next opening folds only what came after it.
    public func saveSnapshot() async throws(AppendError) -> Offset {
        let value = value
        try await log.save(Snapshot(name: projection.name, offset: value.offset, state: projection.encode(value.state)))
        return value.offset
    }

    /// The state as of `offset`: the newest snapshot before it, and the events up to it.
    ///
    /// - Throws: `.gone` when events that it is made of were trimmed.
    public func value(at offset: Offset) throws(ReadError) -> Value {
        let head = value
        guard offset < head.offset else { return head }
        var fold = Fold(projection, log.store)
        let state = try fold.state(through: offset)
        return Value(state: state, offset: offset)
    }

    /// The states that the writer's thread changes.
    ///
    /// `@unchecked Sendable`: `published` and `loading` have locks, and `detached` is atomic. All other variables belong to
    /// the thread that `attach` starts, and from `submit` on to the writer's thread; `attach` reads `loadError` after the writer has answered.
    private final class Stage: ProjectionStage, @unchecked Sendable {
        let published: Mutex<Value>
        let loading = Mutex(Loading())
        private let detached = Atomic(false)
        private let projection: Source
        private(set) var pending: State
        private(set) var loadError: ReadError?
        /// The state that was folded before the writer got the stage.
        private var prepared: (state: State, offset: Offset, loading: Loading)?

        init(_ projection: Source) {
            self.projection = projection
            pending = projection.initial
            published = Mutex(Value(state: projection.initial, offset: .start))
        }

        var name: String { projection.name }

        var isDetached: Bool { detached.load(ordering: .acquiring) }

        /// Marks the stage; false when it was marked before.
        func detach() -> Bool { !detached.exchange(true, ordering: .acquiringAndReleasing) }

        /// Folds the log up to `head`, continuing from an earlier call. Must not be called once the writer has the stage.
        func prepare(from store: Store, through head: Offset) {
            // When this fails, the writer folds again and reports the error.
            prepared = try? state(from: store, through: head)
        }

        func load(from store: Store, through head: Offset) -> Bool {
            do throws(ReadError) {
                let loaded = try state(from: store, through: head)
                pending = loaded.state
                loading.withLock { $0 = loaded.loading }
            } catch {
                loadError = error
                return false
            }
            prepared = nil
            publish(head)
            return true
        }

        private func state(
            from store: Store, through head: Offset
        ) throws(ReadError) -> (state: State, offset: Offset, loading: Loading) {
            var fold = Fold(projection, store)
            // Taken out of the property: the fold would copy a state that is kept there as well.
            var taken = prepared
            prepared = nil
            if var prepared = taken.take(),
                let folded = try? fold.apply(after: prepared.offset, through: head, to: &prepared.state)
            {
                prepared.loading.folded += folded
                return (prepared.state, head, prepared.loading)
            }
            return (try fold.state(through: head), head, fold.loading)
        }

        func step(_ event: borrowing EventView) { projection.apply(event, to: &pending) }

        func rollback() { pending = published.withLock { $0.state } }

        func publish(_ head: Offset) {
            let value = Value(state: pending, offset: head)
            published.withLock { $0 = value }
        }
    }
}

/// Why a command appended nothing.
public enum CommandError<Reason: Error>: Error {
    /// The decision refused the command by throwing this error.
    case refused(Reason)
    /// The events of the command could not be appended.
    case append(AppendError)
}
