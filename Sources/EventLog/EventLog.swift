internal import LMDB
internal import Synchronization

/// A durable log of events in one directory.
///
/// One process writes a log; other processes may read it at the same time (``Access/read``). Appends that wait at the same
/// time are committed together. No event is acknowledged, delivered or projected before it is as durable as
/// ``durability`` says. Every method may be called on any thread.
///
/// ```swift
/// import EventLog
///
/// let log = try EventLog(directory: "Data/log")
/// let text = Array(#"{"text":"Hello"}"#.utf8)
/// try await log.append(NewEvent(topic: "chat", type: "message.posted", data: .json(checking: text)))
/// for try await event in log.events(after: .start) { print(event) }   // replays, then follows
/// ```
public final class EventLog: Sendable {
    /// What a process does with a log.
    public enum Access: Sendable {
        /// Appends and reads; creates the log when there is none. One process at a time.
        case write
        /// Reads a log that another process may be writing.
        case read
        /// Reads and may trim, also while another process writes.
        case maintain
    }

    /// How a log is opened.
    public struct Options: Sendable {
        /// What the process does with the log.
        public var access = Access.write
        /// When an append reaches the disk; has an effect for `Access.write` only.
        public var durability = Durability.sync
        /// The limits of events.
        public var limits = EventLimits()
        /// The largest size of the file in bytes, 4 TiB by default; appends beyond it are refused as `full`.
        public var maximumSize = 1 << 42
        /// The first size of the memory map in bytes, 16 GiB by default. The map grows by itself.
        public var mapSize = 1 << 34
        /// Gets sentences for the log file of a server.
        ///
        /// There is a sentence before and after opening checks the whole log, whose duration grows with the log; when the
        /// clock or the log's time jumps; when appends begin to fail, with the cause; and when appends work again.
        public var report: @Sendable (String) -> Void = { _ in }
        /// Whether opening frees the slots of readers whose process died; otherwise ``EventLog/readers()`` shows them.
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

        /// Makes the default options: a log to write, with a sync before each acknowledgement.
        public init() {}
    }

    /// The directory, as given.
    public let directory: String
    /// When an append reaches the disk.
    public let durability: Durability
    /// The limits of events.
    public let limits: EventLimits

    /// The errors in the indexes when the log was opened, a sentence each; the indexes were rebuilt from the events.
    public let repairs: [String]

    let store: Store
    let signal: HeadSignal
    /// The head when this process opened the log; later events are in the system's memory.
    private let openedAt: Offset
    let access: Access
    private let clock: LogClock
    private let writer: Writer?
    private let lock: WriterLock?
    /// The lock of a reader on a read-only file system.
    private let sharedLock: WriterLock.SharedLock?
    private let watcher: ExternalCommitWatcher?

    /// Opens the log in `directory`; for writing, creates the directory (not its parents) and the log.
    ///
    /// After an unclean end with a weak durability, opening checks the whole log first; see <doc:Guarantees>.
    ///
    /// - Throws: ``OpenError``, with a code such as `.missing`, `.locked` or `.damaged`.
    public init(directory: String, options: Options = Options()) throws(OpenError) {
        self.directory = directory
        access = options.access
        durability = options.durability
        limits = options.limits
        switch options.access {
        case .write:
            try LogDirectory.prepareForWriting(directory)
            lock = try WriterLock.acquire(in: directory, durability: options.durability)
            try LogDirectory.checkUnused(directory)
            sharedLock = nil
        case .read, .maintain:
            try LogDirectory.checkForReading(directory)
            lock = nil
            sharedLock = LogDirectory.isReadOnly(directory) ? try WriterLock.lockOutWriters(of: directory) : nil
        }
        let shutdownCheck = UncleanShutdownCheck(directory, lock, options.report)
        try shutdownCheck.checkStructure()
        store = try Store.open(directory, Self.environment(options), now: options.clock())
        let logEnd: Store.LogEnd
        (logEnd, repairs) = try Self.check(store, directory, lock, shutdownCheck, options)
        clock = LogClock(start: logEnd.time, clock: options.clock, uptime: options.uptime, report: options.report)
        signal = HeadSignal(logEnd.head)
        openedAt = logEnd.head
        let health = WriterHealth(directory: directory, probeInterval: options.probeInterval, report: options.report)
        writer = lock.map { [store, signal, clock] lock in
            Writer(
                store: store, logEnd: logEnd, durability: options.durability, head: signal, lock: lock, health: health,
                clock: clock)
        }
        watcher = lock == nil ? ExternalCommitWatcher(store: store, signal: signal) : nil
    }

    /// Finds the end of the log, and for a writer also checks the log, and marks it as being written.
    ///
    /// - Returns: the end of the log, and what was repaired.
    /// - Throws: `OpenError`; the store is then closed.
    private static func check(
        _ store: Store, _ directory: String, _ lock: WriterLock?, _ shutdownCheck: UncleanShutdownCheck,
        _ options: Options
    ) throws(OpenError) -> (logEnd: Store.LogEnd, repairs: [String]) {
        do throws(OpenError) {
            let end = try logEnd(of: store, directory, isWriter: lock != nil)
            guard let lock else { return (end, []) }
            let repairs = try beginWriting(to: store, directory, lock, shutdownCheck, end, options.durability)
            compareClock(with: end.time, options)
            return (end, repairs)
        } catch {
            store.environment.close()
            throw error
        }
    }

    /// Reports an event that is later than the clock.
    private static func compareClock(with last: Timestamp, _ options: Options) {
        let now = options.clock()
        guard last > now else { return }
        options.report("the last event has the time \(last), and the clock shows \(now); \(LogClock.consequence)")
    }

    private static func environment(_ options: Options) -> Environment.Options {
        var environment = Environment.Options()
        environment.mapSize = min(options.mapSize, options.maximumSize)
        environment.maximumMapSize = options.maximumSize
        environment.readOnly = options.access == .read
        environment.clearsStaleReaders = options.clearsStaleReaders
        return environment
    }

    /// The end of the log; a writer also verifies the last event.
    private static func logEnd(
        of store: Store, _ directory: String, isWriter: Bool
    ) throws(OpenError) -> Store.LogEnd {
        do throws(ReadError) {
            let logEnd = try store.logEnd()
            if isWriter { try store.verifyLast() }
            return logEnd
        } catch .storage(let cause) {
            throw Store.explain(cause, in: directory)
        } catch {
            throw OpenError(
                .damaged, "the log in \(directory) cannot be used: \(error), and restore the log from a backup")
        }
    }

    /// Checks the events after an unclean shutdown, rebuilds wrong indexes, and marks the log as being written.
    ///
    /// - Returns: what was repaired.
    private static func beginWriting(
        to store: Store, _ directory: String, _ lock: WriterLock, _ shutdownCheck: UncleanShutdownCheck,
        _ logEnd: Store.LogEnd, _ durability: Durability
    ) throws(OpenError) -> [String] {
        let mustReindex = try shutdownCheck.checkContents(of: store, logEnd)
        let repairs = try rebuildIndexes(
            of: store, directory, because: mustReindex ? "the indexes did not match the events" : nil)
        try lock.lockDataFile()
        lock.setLogID(store.meta.logID)
        store.numberCommit()
        // Until here every commit was synced, whatever the durability, so none needs a mark.
        lock.setMark(.whileWriting(with: durability))
        if durability == .sync {
            store.numbersCommits.store(false, ordering: .relaxed)
        } else {
            try Store.explaining(directory) { () throws(LMDBError) in try store.environment.disableSync() }
        }
        return repairs
    }

    private static func rebuildIndexes(
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

    /// Writes the appends that wait, syncs, and closes the log; a second call does nothing.
    ///
    /// Reads and appends fail from then on, and sequences of events end.
    public func close() {
        if let writer { return writer.close() }
        watcher?.stop()
        signal.close()
        store.environment.close()
    }

    /// Checks that there is a log in `directory` that this process can read, without opening it.
    ///
    /// - Throws: `.missing`, `.notALog` or `.inaccessible`.
    public static func checkPresence(in directory: String) throws(OpenError) {
        try LogDirectory.checkForReading(directory)
    }

    /// Whether the events after `after` are certainly in memory: at most 1,024, all appended since this process opened the
    /// log. Reading other events may wait for the disk.
    package func isRecent(_ after: Offset) -> Bool { after >= openedAt && after.rawValue + 1024 >= head.rawValue }

    /// The identity of the log.
    public var id: LogID { store.meta.logID }

    /// When the log was created.
    public var created: Timestamp { store.meta.created }

    /// The first offset kept; it grows when events are trimmed, by this process or by another.
    public var first: Offset { store.first() }

    /// The log's time: the time that an event appended now gets, and that deadlines are compared with.
    ///
    /// The log's time is the clock of the machine, except after an event was dated ahead of the clock or the clock was
    /// set back: then the log's time runs at three quarters of normal speed until the clock has caught up. It never goes
    /// back. In a process that does not write the log, it depends only on the events that were there at opening.
    public var now: Timestamp { clock.read().time }

    /// How far the log's time is ahead of the clock of the machine; 0 when it is not ahead.
    public var timeAhead: Duration { .microseconds(clock.read().ahead) }

    /// The duration until ``now`` reaches `time`, unless the clock is set in between; 0 when `time` has passed.
    public func duration(until time: Timestamp) -> Duration { clock.duration(until: time) }

    /// The offset of the last durable, visible event.
    public var head: Offset {
        watcher?.refresh()
        return signal.head
    }

    /// The head as a position, which a reader can keep.
    public var position: Position { Position(log: id, offset: head) }

    /// Why the last append failed, or why the log can never be appended to; nil while appends work.
    public var failure: AppendError? {
        guard let writer else { return AppendError(.closed, "the log is open for reading only") }
        return writer.condition.error ?? (signal.isClosed ? AppendError(.closed, "the log is closed") : nil)
    }

    /// Whether this process can append; nil for a log that is open for reading only.
    public var condition: WriterCondition? { writer?.condition }

    /// Whether a probe is due; a caller that gets true makes the probe.
    func claimProbe() -> Bool { writer?.claimProbe() ?? false }

    /// Checks that the open files are still the ones in the directory; see `Writer.checkFiles`.
    func checkFiles() -> Bool { writer?.checkFiles() == .inPlace }

    /// Writes the address where this process takes events into `writer.lock`, for tools on the same machine.
    ///
    /// ``WriterHolder/address`` reads it. Does nothing in a process that does not write the log.
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

    /// Runs maintenance that has transactions of its own: on the writer thread between two groups, or on this thread beside
    /// a writer in another process.
    ///
    /// - Parameter bytes: how much memory the work takes while it waits for the writer.
    func maintain<Result: Sendable>(
        bytes: Int = 0, _ body: @escaping @Sendable (Store) throws(LMDBError) -> Result
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
                }, bytes: bytes)
            guard let made = result.withLock({ $0 }) else {
                preconditionFailure("maintenance that succeeded has a result")
            }
            return made
        }
    }
}
