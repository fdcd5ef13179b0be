public import LMDB

extension EventLog {
    /// Recomputes the chain of digests from the first event to the head, and compares the indexes and snapshots with the
    /// events.
    ///
    /// Reads in short transactions, so appends do not wait. Takes memory for each topic and each damaged range. Starts again
    /// when events are trimmed during the verification; the third attempt skips trimmed events and compares no indexes.
    ///
    /// - Parameters:
    ///   - projections: the projections whose snapshots are compared with a new fold, on a second thread. The digests of
    ///     all snapshots are checked in any case.
    ///   - progress: gets the last offset verified, every few thousand events.
    /// - Throws: `.storage` when the file cannot be read. Damaged events do not throw: they are in the result.
    public func verify(
        projections: [any Projection] = [], progress: (Offset) -> Void = { _ in }
    ) throws(ReadError) -> Verification {
        for attempt in 1... {
            let head = head
            let audit = SnapshotAudit(projections, store, through: head)
            var verifier = try Verifier(store, head: head, isTolerant: attempt == Self.verifyingAttempts)
            let isWhole = try verifier.run(progress: progress)
            let faults = try audit.faults()
            guard isWhole else { continue }
            for fault in faults { verifier.result.add(.snapshots, fault.message) }
            if try isDefinitionDamaged() {
                verifier.result.add(
                    .definition,
                    "the stored definition of the application is damaged; `bitacora log repair` removes it, and the next start of the application stores it again"
                )
            }
            return verifier.result
        }
        preconditionFailure("the last attempt skips trimmed events")
    }

    private func isDefinitionDamaged() throws(ReadError) -> Bool {
        do throws(LMDBError) {
            if case .damaged = try store.definition() { return true }
            return false
        } catch {
            throw .storage(error)
        }
    }

    /// The largest number of attempts of a verification.
    private static let verifyingAttempts = 3
}

extension EventLog {
    /// Checks the structure of the file in `directory` page by page, also while another process writes it.
    ///
    /// LMDB does not check the pages that it reads, and may crash on a damaged file, so call this before opening a log that
    /// may be damaged. LMDB can read a file that passes; ``verify(projections:progress:)`` then checks its contents.
    ///
    /// - Parameters:
    ///   - directory: the directory of the log.
    ///   - progress: gets the number of pages checked, and the number of all pages.
    /// - Returns: the problems, at most `StructureCheck.maximumProblems`; empty when the structure is sound.
    /// - Throws: ``OpenError`` when there is no LMDB file, or it cannot be read.
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

/// The result of a verification.
public struct Verification: Sendable {
    /// An error in the log.
    public struct Problem: Hashable, Sendable {
        /// A part of the log.
        public enum Part: String, Sendable {
            /// The id of the log, the digest that its chain begins with, and the definition of the application, of which a
            /// repair removes a damaged one.
            case meta
            /// A damaged or missing event: its content is lost, unless a backup has it.
            case events
            /// The index of topics, ids or types, which a repair rebuilds from the events.
            case indexes
            /// A stored snapshot, which a repair removes: the state is folded from the events again.
            case snapshots
            /// The stored definition of the application, which a repair removes: the next start of the application stores it
            /// again.
            case definition
        }

        /// The part of the log that is wrong.
        public let part: Part
        /// The offset of the event, when the problem is about one.
        public let offset: Offset?
        /// One sentence: what is wrong.
        public let message: String
    }

    /// The largest number of problems in ``problems``; further ones are only counted.
    public static let describedProblems = 100

    /// The first offset verified.
    public let first: Offset
    /// The last offset verified.
    public let head: Offset
    /// The number of events verified.
    public internal(set) var events = 0
    /// The size of their records in bytes.
    public internal(set) var bytes = 0
    /// The first ``describedProblems`` problems: those of the events by offset, then those of the indexes and snapshots.
    public internal(set) var problems: [Problem] = []
    /// Whether the indexes were compared with the events; false when events were trimmed during each attempt.
    public internal(set) var areIndexesCompared = true
    private var counts: [Problem.Part: Int] = [:]

    init(first: Offset, head: Offset) {
        self.first = first
        self.head = head
    }

    /// Whether no problem was found.
    public var isSound: Bool { counts.isEmpty }

    /// The number of problems found.
    public var problemCount: Int { counts.values.reduce(0, +) }

    /// The number of problems found in one part.
    public func problemCount(of part: Problem.Part) -> Int { counts[part, default: 0] }

    mutating func add(_ part: Problem.Part, _ message: String, at offset: Offset? = nil) {
        counts[part, default: 0] += 1
        if problems.count < Self.describedProblems {
            problems.append(Problem(part: part, offset: offset, message: message))
        }
    }
}
