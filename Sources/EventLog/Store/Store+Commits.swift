internal import LMDB
internal import Synchronization

extension Store {
    /// Runs `body` as `Environment.write` does; what is committed has the number of its commit in it, where that counts.
    ///
    /// Pages do not say by which commit they were written. After a power cut
    /// in a weak durability the newest meta page may be on the disk while the
    /// page of its root is not, and in its place lies what was there before:
    /// often the root of an older commit, whole in itself, without the last
    /// events. The number tells the two apart. It costs a page a commit, so a
    /// writer whose commits wait for the disk, pages before meta page, leaves
    /// it out: no mark makes anybody ask for it.
    func write<Result>(
        _ body: (inout WriteTransaction) throws(LMDBError) -> Environment.Ending<Result>
    ) throws(LMDBError) -> Result {
        try environment.write { transaction throws(LMDBError) in
            let ending = try body(&transaction)
            if case .commit = ending, numbersCommits.load(ordering: .relaxed) {
                try transaction.put(metaDatabase, .commit, transaction.number())
            }
            return ending
        }
    }

    /// Whether what the newest commit leads to was written by it; nil where no commit has its number in it yet.
    func isOfNewestCommit() throws(LMDBError) -> Bool? {
        try environment.read { transaction throws(LMDBError) in
            let written: UInt64? = try transaction.integer(metaDatabase, .commit)
            return written.map { $0 == transaction.number() }
        }
    }

    /// Makes the newest commit one with its number in it: in a copy, or in the log of an earlier version, it is not.
    ///
    /// Where that fails nothing can be committed, and nothing be lost.
    func numberCommit() {
        if let isNumbered = try? isOfNewestCommit(), isNumbered { return }
        try? write { _ in .commit(()) }
    }
}
