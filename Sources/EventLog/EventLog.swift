internal import LMDB
internal import Synchronization

/// A durable log of events in one directory.
///
/// One process writes it; others may read it meanwhile (`Access.read`).
/// Every append is one group commit; nothing is acknowledged, delivered or
/// projected before it is as durable as `durability` says.
///
/// ```swift
/// let log = try EventLog(directory: "Data/log")
/// let receipt = try await log.append([NewEvent(topic: "chat", type: "message.posted", data: .json(checking: text))])
/// for try await event in log.events(after: .start) { … }   // replays, then follows
/// ```
public final class EventLog: Sendable {
    public enum Access: Sendable {
        /// Appends too; makes the log when there is none. One process at a time.
        case write
        /// Reads a log that another process may be writing.
        case read
        /// Reads, and may trim, also while another process writes.
        case maintain
    }

    public struct Options: Sendable {
        public var access = Access.write
        public var durability = Durability.sync
        public var limits = EventLimits()
        /// The largest size of the file in bytes; appends beyond it are refused as `full`.
        public var maximumSize = 1 << 42
        /// The first size of the memory map in bytes. It grows by itself.
        public var mapSize = 1 << 34
        /// Gets sentences for a server's own log: before and after opening checks the whole log, which takes seconds for
        /// each gigabyte; when the clock or the log's time jumps; when appends begin to fail, with the cause; and when
        /// appends work again.
        public var report: @Sendable (String) -> Void = { _ in }
        /// Whether opening frees the slots of readers whose process died. Without it `readers` shows them.
        public var clearsStaleReaders = true
        /// The clock of the machine. A test that sets another one also stops `uptime`, which it can set afterwards.
        package var clock: @Sendable () -> Timestamp = { .now() } {
            didSet { uptime = { .zero } }
        }
        /// The time since an arbitrary moment, not affected by setting the clock.
        package var uptime: @Sendable () -> Duration = { [origin = ContinuousClock.now] in ContinuousClock.now - origin
        }
        /// The shortest time between two probes; tests set their own.
        package var probeInterval = Duration.seconds(1)

        public init() {}
    }

    /// The directory, as given.
    public let directory: String
    public let durability: Durability
    public let limits: EventLimits

    /// What was wrong with the indexes when it was opened, a sentence each; they were rebuilt from the events.
    public let repairs: [String]

    let store: Store
    let signal: HeadSignal
    /// The head when this process opened the log: what came later has passed through the system's memory.
    private let openedAt: Offset
    let access: Access
    private let clock: LogClock
    private let writer: Writer?
    private let lock: WriterLock?
    /// Of a reader on a read-only file system.
    private let claim: WriterLock.SharedClaim?
    private let foreign: ForeignCommits?

    /// Opens the log in `directory`; for writing, makes the directory (not its parents) and the log.
    public init(directory: String, options: Options = Options()) throws(OpenError) {
        self.directory = directory
        access = options.access
        durability = options.durability
        limits = options.limits
        var environment = Environment.Options()
        environment.mapSize = min(options.mapSize, options.maximumSize)
        environment.maximumMapSize = options.maximumSize
        environment.readOnly = options.access == .read
        environment.clearsStaleReaders = options.clearsStaleReaders
        switch options.access {
        case .write:
            try LogDirectory.prepareForWriting(directory)
            lock = try WriterLock.acquire(in: directory, durability: options.durability)
            try LogDirectory.checkUnused(directory)
            claim = nil
        case .read, .maintain:
            try LogDirectory.checkForReading(directory)
            lock = nil
            claim = LogDirectory.isReadOnly(directory) ? try WriterLock.keepWritersOut(of: directory) : nil
        }
        let doubts = Doubts(directory, lock, options.report)
        try doubts.checkStructure()
        store = try Store.open(directory, environment, now: options.clock())
        let edge: Store.Edge
        do throws(ReadError) {
            edge = try store.edge()
            if lock != nil { try store.verifyLast() }
        } catch {
            store.environment.close()
            if case .storage(let cause) = error { throw Store.explain(cause, in: directory) }
            throw OpenError(
                .damaged, "the log in \(directory) cannot be used: \(error), and restore the log from a backup")
        }
        if let lock {
            do throws(OpenError) {
                let mustReindex = try doubts.settle(store, edge)
                repairs = try Self.mendIndexes(
                    of: store, directory, because: mustReindex ? "the indexes were not what the events say" : nil)
                try lock.claimData()
                lock.name(store.meta.logID)
                store.numberCommit()
                // All until here waited for the disk, whatever the durability: no mark speaks of it.
                lock.mark(.own(options.durability))
                if options.durability == .sync {
                    store.numbersCommits.store(false, ordering: .relaxed)
                } else {
                    try Store.explaining(directory) { [store] () throws(LMDBError) in try store.environment.disableSync() }
                }
            } catch {
                store.environment.close()
                throw error
            }
            let now = options.clock()
            if edge.time > now {
                options.report(
                    "the last event has the time \(edge.time), and the clock shows \(now); \(LogClock.consequence)")
            }
        } else {
            repairs = []
        }
        clock = LogClock(start: edge.time, clock: options.clock, uptime: options.uptime, report: options.report)
        signal = HeadSignal(edge.head)
        openedAt = edge.head
        if let lock {
            writer = Writer(
                store: store, edge: edge, durability: options.durability, head: signal, lock: lock,
                health: WriterHealth(
                    directory: directory, probeInterval: options.probeInterval, report: options.report),
                clock: clock)
            foreign = nil
        } else {
            writer = nil
            foreign = ForeignCommits(store: store, signal: signal)
        }
    }

    private static func mendIndexes(
        of store: Store, _ directory: String, because known: String?
    ) throws(OpenError) -> [String] {
        try Store.explaining(directory) { () throws(LMDBError) in
            var fault = known
            if fault == nil { fault = try store.indexFault() }
            guard let fault else { return [] }
            var reindexer = Reindexer(store)
            try reindexer.run()
            return ["\(fault); the indexes were rebuilt from the events"]
        }
    }

    deinit { close() }

    /// Writes what waits, syncs, and closes. Reads and appends fail from then on; those who follow come to the end.
    public func close() {
        if let writer { return writer.close() }
        foreign?.stop()
        signal.close()
        store.environment.close()
    }

    /// - Throws: `.missing`, or why it cannot be read, unless there is a log in `directory`.
    public static func checkPresence(in directory: String) throws(OpenError) {
        try LogDirectory.checkForReading(directory)
    }

    /// Whether the events after `after` are so few and so new that they are in memory: at most 1,024, all of them
    /// appended since this process opened the log. To read others may wait for the disk.
    package func isRecent(_ after: Offset) -> Bool { after >= openedAt && after.rawValue + 1024 >= head.rawValue }

    /// The identity of the log.
    public var id: LogID { store.meta.logID }

    public var created: Timestamp { store.meta.created }

    /// The first offset kept; it moves on when events are trimmed, by this process or by another.
    public var first: Offset { store.first() }

    /// The log's time: the time that an event appended now gets, and that deadlines are compared with.
    ///
    /// The log's time is the clock of the machine, except after an event was dated ahead of the clock or the clock was
    /// set back: then the log's time runs at three quarters of normal speed until the clock has caught up. It never goes
    /// back. A process that does not write the log takes account only of the events that the log had when it opened it.
    public var now: Timestamp { clock.read().time }

    /// How far the log's time is ahead of the clock of the machine; 0 when it is not ahead.
    public var timeAhead: Duration { .microseconds(clock.read().ahead) }

    /// The duration until `now` reaches `time`, unless the clock is set meanwhile; 0 when `time` has passed.
    public func duration(until time: Timestamp) -> Duration { clock.duration(until: time) }

    /// The offset of the last durable, visible event.
    public var head: Offset {
        foreign?.refresh()
        return signal.head
    }

    /// The head as a position a reader can keep.
    public var position: Position { Position(log: id, offset: head) }

    /// Why the last append could not be written, or why none ever can; nil while appends work.
    public var failure: AppendError? {
        guard let writer else { return AppendError(.closed, "the log is open for reading only") }
        return writer.condition.error ?? (signal.isClosed ? AppendError(.closed, "the log is closed") : nil)
    }

    /// Whether this process can append; nil for a log that is open for reading only.
    public var condition: WriterCondition? { writer?.condition }

    /// Whether the open files are still the ones in the directory; false also when that cannot be found out.
    ///
    /// Creates `writer.lock` again if that file was removed.
    var isInPlace: Bool { (try? store.environment.checkFiles()) != nil && lock?.keepInPlace() != false }

    /// Whether a probe is due; a caller that gets true makes the probe.
    func claimProbe() -> Bool { writer?.claimProbe() ?? false }

    /// Says where this process takes events, for tools on the same machine (`WriterHolder`).
    public func announce(address: String) { lock?.announce(address: address) }

    func submit(_ work: WriteJob.Work, bytes: Int) async throws(AppendError) -> Receipt {
        guard let writer else { throw AppendError(.closed, "the log is open for reading only") }
        let result: Result<Receipt, AppendError> = await withCheckedContinuation { continuation in
            do throws(AppendError) {
                try writer.queue.enqueue(WriteJob(work: work, bytes: bytes) { continuation.resume(returning: $0) })
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        return try result.get()
    }

    /// Does maintenance with transactions of its own: on the writer thread between two groups, or, beside a writer
    /// in another process, here.
    func maintain<Result: Sendable>(
        _ body: @escaping @Sendable (Store) throws(LMDBError) -> Result
    ) async throws(AppendError) -> Result {
        let store = store
        switch access {
        case .read: throw AppendError(.closed, "the log is open for reading only")
        case .maintain:
            do throws(LMDBError) {
                return try body(store)
            } catch {
                throw AppendError(.failed, "\(error)")
            }
        case .write:
            let result = Mutex<Result?>(nil)
            _ = try await submit(
                .maintenance { () throws(LMDBError) in
                    let made = try body(store)
                    result.withLock { $0 = made }
                }, bytes: 0)
            guard let made = result.withLock({ $0 }) else { preconditionFailure("what went well has a result") }
            return made
        }
    }
}
