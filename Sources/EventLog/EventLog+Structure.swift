public import LMDB

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
        let claim = LogDirectory.isReadOnly(directory) ? try WriterLock.keepWritersOut(of: directory) : nil
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
