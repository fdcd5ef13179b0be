public import LMDB

extension EventLog {
    /// Recomputes the digest chain from the first event to the head, and holds
    /// the indexes and snapshots against it.
    ///
    /// Reads in short transactions, so a writer is not held up; takes memory for the topics and what is damaged.
    /// Begins again when events are trimmed meanwhile; the third time it passes over those, and compares no indexes.
    ///
    /// - Parameters:
    ///   - projections: those whose snapshots are compared with a fresh fold, on a second thread. The digests of all
    ///     snapshots are checked in any case.
    ///   - progress: gets the last offset dealt with, every few thousand events.
    public func verify(
        projections: [any Projection.Type] = [], progress: (Offset) -> Void = { _ in }
    ) throws(ReadError) -> Verification {
        for attempt in 1... {
            let head = head
            let audit = SnapshotAudit(projections, store, through: head)
            var verifier = try Verifier(store, head: head, isTolerant: attempt == Self.verifyingAttempts)
            let isWhole = try verifier.run(progress: progress)
            let faults = try audit.faults()
            guard isWhole else { continue }
            for fault in faults { verifier.result.add(.snapshots, fault.message) }
            return verifier.result
        }
        preconditionFailure("the last attempt passes over what is trimmed")
    }

    /// How often a verification begins, at the most.
    private static let verifyingAttempts = 3
}

extension EventLog {
    /// Checks the structure of the file in `directory`, also while a server writes it: see `StructureCheck`.
    ///
    /// LMDB believes what it reads. So this comes before the log is opened:
    /// what it finds sound, LMDB can read, and `verify` says whether it is
    /// what was written.
    ///
    /// - Parameter progress: gets how many pages were looked at, and how many there are.
    /// - Returns: what is wrong, at most `StructureCheck.maximumProblems`; empty when nothing is.
    /// - Throws: when there is no file of LMDB's, or it cannot be read.
    public static func checkStructure(
        directory: String, progress: @escaping (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
    ) throws(OpenError) -> [StructureProblem] {
        try LogDirectory.checkForReading(directory)
        let claim = LogDirectory.isReadOnly(directory) ? try WriterLock.lockOutWriters(of: directory) : nil
        defer { withExtendedLifetime(claim) {} }
        var options = Environment.Options()
        options.readOnly = true
        do throws(LMDBError) {
            // With such a problem the environment cannot be opened.
            if let problem = try StructureCheck.metaPageProblem(path: directory + "/data.mdb") { return [problem] }
            let environment = try Environment(directory: directory, options: options)
            defer { environment.close() }
            return try environment.checkStructure(progress: progress)
        } catch {
            throw Store.explain(error, in: directory)
        }
    }
}

/// What `verify` found.
public struct Verification: Sendable {
    /// Something in the log is not as it was written.
    public struct Problem: Hashable, Sendable {
        /// What of the log it is about.
        public enum Part: String, Sendable {
            /// The log's identity and where its chain begins.
            case meta
            /// An event, or one that is missing: what it said is lost, unless a backup has it.
            case events
            /// The index of topics, ids or types, which `EventLog.repair` makes anew from the events.
            case indexes
            /// A projection's stored state, which `EventLog.repair` removes: it is folded from the events again.
            case snapshots
        }

        public let part: Part
        /// The event it was found at, where it is about one.
        public let offset: Offset?
        /// One sentence: what is wrong.
        public let message: String
    }

    /// How many problems are described; more are only counted.
    public static let describedProblems = 100

    public let first: Offset
    public let head: Offset
    /// How many events were looked at.
    public internal(set) var events = 0
    /// How many bytes their records take.
    public internal(set) var bytes = 0
    /// The first `describedProblems`: of the events by offset, then of the indexes and snapshots.
    public internal(set) var problems: [Problem] = []
    /// Whether the indexes were held against the events; not when events were trimmed again and again meanwhile.
    public internal(set) var areIndexesCompared = true
    private var counts: [Problem.Part: Int] = [:]

    init(first: Offset, head: Offset) {
        self.first = first
        self.head = head
    }

    public var isSound: Bool { counts.isEmpty }

    public var problemCount: Int { counts.values.reduce(0, +) }

    /// How many problems there are of one part.
    public func problemCount(of part: Problem.Part) -> Int { counts[part, default: 0] }

    mutating func add(_ part: Problem.Part, _ message: String, at offset: Offset? = nil) {
        counts[part, default: 0] += 1
        if problems.count < Self.describedProblems {
            problems.append(Problem(part: part, offset: offset, message: message))
        }
    }
}
