internal import LMDB

/// Checks a log before it is used, when its last writer ended in a way that may have left a mixture of old and new pages
/// (`UnsyncedMark`).
///
/// A writer checks the structure of the file, the chain of digests and the indexes, and that they belong to the newest
/// commit (`Store.write`). A reader checks the structure only, so that LMDB does not crash; `EventLog.verify` checks
/// whether the events are the ones that were written.
struct UncleanShutdownCheck {
    private let directory: String
    private let mark: UnsyncedMark
    private let isWriter: Bool
    private let report: @Sendable (String) -> Void
    private let began = ContinuousClock.now

    /// - Parameters:
    ///   - directory: the directory of the log.
    ///   - lock: the lock of a writer; nil for a reader.
    ///   - report: gets a sentence at the beginning and at the end of a check.
    init(_ directory: String, _ lock: WriterLock?, _ report: @escaping @Sendable (String) -> Void) {
        self.directory = directory
        mark = lock?.inherited ?? WriterLock.readMark(in: directory)
        isWriter = lock != nil
        self.report = report
    }

    private var reason: String {
        mark.mayDifferFromMemory
            ? "a sync of its file failed" : "the machine stopped before the last appends were synced"
    }

    /// Checks the structure of the file; called before LMDB reads the file.
    func checkStructure() throws(OpenError) {
        guard mark.needsCheck, LogDirectory.hasData(directory) else { return }
        // A writer has checked the file when it opened it, or still has in memory what is missing on the disk.
        if !isWriter, WriterLock.isHeld(in: directory) { return }
        report("checking the log in \(directory): \(reason)")
        let problems: [StructureProblem]
        do throws(LMDBError) {
            if isWriter, mark.mayDifferFromMemory { try StructureCheck.dropCachedPages(path: directory + "/data.mdb") }
            problems = try StructureCheck.run(path: directory + "/data.mdb")
        } catch {
            throw Store.explain(error, in: directory)
        }
        guard let problem = problems.first else { return }
        // A writer may have opened the log since, finished its check and appended: then pages changed while they were read.
        if !isWriter, WriterLock.isHeld(in: directory) || WriterLock.readMark(in: directory) != mark { return }
        throw damaged("\(problem)")
    }

    /// Checks the chain of digests and the indexes, if the structure had to be checked; called before the log is used.
    ///
    /// Afterwards everything that can be read is on the disk.
    ///
    /// - Returns: whether the indexes differ from the events and must be rebuilt.
    func checkContents(of store: Store, _ logEnd: Store.LogEnd) throws(OpenError) -> Bool {
        var mustReindex = false
        do {
            if mark.needsCheck {
                var verifier = try Verifier(store, head: logEnd.head)
                _ = try verifier.run { _ in }
                let verification = verifier.result
                mustReindex = verification.problemCount(of: .indexes) > 0
                if let problem = verification.problems.first(where: { $0.part == .events || $0.part == .meta }) {
                    throw damaged(problem.offset.map { "offset \($0): \(problem.message)" } ?? problem.message)
                }
                guard try !mark.mayMixCommits || store.isOfNewestCommit() ?? true else {
                    throw damaged("the newest commit leads to the events of an older one")
                }
                try removeDamagedSnapshots(from: store, logEnd.head)
                report(
                    "the log in \(directory) is sound up to offset \(logEnd.head); checked in \(ContinuousClock.now - began)"
                )
            }
            // The last writes of a killed process may not be on the disk yet. After a failed sync the disk may differ from
            // the memory of the system, where a reader may have kept the pages.
            if mark.mayDifferFromMemory { try store.environment.rewriteMetaPages() }
            if mark != .nothing { try store.environment.sync() }
        } catch let error as OpenError {
            throw error
        } catch {
            throw damaged("\(error)")
        }
        return mustReindex
    }

    /// Removes damaged snapshots, which are made again from the events.
    private func removeDamagedSnapshots(from store: Store, _ head: Offset) throws {
        let damaged = try SnapshotAudit([], store, through: head).faults().map(\.snapshot)
        guard !damaged.isEmpty else { return }
        try store.write { transaction throws(LMDBError) in
            for snapshot in damaged { try snapshot.remove(from: &transaction, store) }
            return .commit(())
        }
        report("\(damaged.count) damaged snapshots were removed")
    }

    private func damaged(_ what: String) -> OpenError {
        OpenError(.damaged, "the log in \(directory) is damaged, after \(reason) (\(what)); restore it from a backup")
    }
}
