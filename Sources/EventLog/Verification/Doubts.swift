internal import LMDB

/// Checks a log before it is believed, where its last writer ended in a way
/// that may have left a mixture of old and new pages (`UnsyncedMark`).
///
/// A writer checks all of it: the structure of the file, then the chain and
/// the indexes, and that they are the newest commit's (`Store.write`). A reader checks the structure only, so that no command crashes;
/// whether the events are those that were written is what `verify` is for.
struct Doubts {
    private let directory: String
    private let mark: UnsyncedMark
    private let isWriter: Bool
    private let report: @Sendable (String) -> Void
    private let began = ContinuousClock.now

    /// - Parameter lock: held by a writer; nil for a reader.
    init(_ directory: String, _ lock: WriterLock?, _ report: @escaping @Sendable (String) -> Void) {
        self.directory = directory
        mark = lock?.inherited ?? WriterLock.mark(in: directory)
        isWriter = lock != nil
        self.report = report
    }

    private var reason: String {
        mark.isOfMemory
            ? "a sync of it failed" : "the machine stopped before what was appended to it was synced"
    }

    /// Before LMDB reads the file.
    func checkStructure() throws(OpenError) {
        guard mark.isDoubtful, LogDirectory.hasData(directory) else { return }
        // Beside a writer it has been checked, or the writer still holds in memory what the disk does not have.
        if !isWriter, WriterLock.isHeld(in: directory) { return }
        report("checking the log in \(directory): \(reason)")
        let problems: [StructureProblem]
        do throws(LMDBError) {
            if isWriter, mark.isOfMemory { try StructureCheck.dropCachedPages(path: directory + "/data.mdb") }
            problems = try StructureCheck.run(path: directory + "/data.mdb")
        } catch {
            throw Store.explain(error, in: directory)
        }
        guard let problem = problems.first else { return }
        // A writer may have come, settled everything and gone on meanwhile: then pages changed while they were read.
        if !isWriter, WriterLock.isHeld(in: directory) || WriterLock.mark(in: directory) != mark { return }
        throw damaged("\(problem)")
    }

    /// Before anything is served: the chain, where the structure had to be checked.
    ///
    /// Afterwards all that can be read is on the disk.
    ///
    /// - Returns: whether the indexes differ from the events and must be rebuilt.
    func settle(_ store: Store, _ edge: Store.Edge) throws(OpenError) -> Bool {
        var mustReindex = false
        do {
            if mark.isDoubtful {
                var verifier = try Verifier(store, head: edge.head)
                _ = try verifier.run { _ in }
                let verification = verifier.result
                mustReindex = verification.problemCount(of: .indexes) > 0
                if let problem = verification.problems.first(where: { $0.part == .events || $0.part == .meta }) {
                    throw damaged(problem.offset.map { "offset \($0): \(problem.message)" } ?? problem.message)
                }
                guard try !mark.mayMixCommits || store.isOfNewestCommit() ?? true else {
                    throw damaged("the newest commit leads to the events of an older one")
                }
                try removeDamagedSnapshots(from: store, edge.head)
                report(
                    "the log in \(directory) is sound up to offset \(edge.head); checked in \(ContinuousClock.now - began)"
                )
            }
            // What a killed writer handed to the system may not be on the disk yet. After a failed sync the disk may
            // differ from what is in memory, where a reader may have kept it.
            if mark.isOfMemory { try store.environment.rewriteMetaPages() }
            if mark != .nothing { try store.environment.sync() }
        } catch let error as OpenError {
            throw error
        } catch {
            throw damaged("\(error)")
        }
        return mustReindex
    }

    /// They are made from the events again; what was lost of them is no loss.
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
