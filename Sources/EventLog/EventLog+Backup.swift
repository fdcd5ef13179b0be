internal import Glibc
internal import LMDB

extension EventLog {
    /// Copies the log as it is now to a new directory, compact and verified, while other processes may write.
    ///
    /// The copy is a log with the same id; use it with ``restore(from:to:keepingOldAs:projections:copied:progress:)``, which
    /// gives it a new id. Call this in a process that does not write the log, because the memory map of this process cannot
    /// grow during the copy.
    ///
    /// - Parameters:
    ///   - path: a directory that does not exist, or is empty. It is created when the copy is complete, synced and sound.
    ///   - projections: the projections whose snapshots are compared with a new fold.
    ///   - copied: called after the copy, before it is verified.
    ///   - progress: gets the last offset verified.
    /// - Throws: `.occupied`, `.unsound` with the first problem, or `.failed`; nothing is left at `path`.
    /// - Returns: the result of verifying the copy.
    @discardableResult
    public func backup(
        to path: String, projections: [any Projection] = [], copied: () -> Void = {},
        progress: (Offset) -> Void = { _ in }
    ) throws(BackupError) -> Verification {
        let copy = try UnfinishedLog(for: path)
        do throws(BackupError) {
            try Self.copyData(of: store.environment, to: copy)
            copied()
            let verification = try Self.verify(copy.path, { _ in projections }, progress)
            try copy.finish()
            return verification
        } catch {
            copy.remove()
            throw error
        }
    }

    /// Creates a log from a backup, with all of its events and a new id.
    ///
    /// The id is new because events that were appended after the backup are lost, while clients may have them: the positions
    /// of these clients then belong to another log, so they are detected instead of skipping new events.
    ///
    /// - Parameters:
    ///   - backup: a directory that ``backup(to:projections:copied:progress:)`` made.
    ///   - path: a directory that does not exist, or is empty; with `keptName` the directory of a log, which is replaced in
    ///     one step when the new one is complete, synced and sound.
    ///   - keptName: a new path beside `path`, to which the old log is moved.
    ///   - projections: the projections whose snapshots are compared with a new fold.
    ///   - copied: called after the copy, before it is verified.
    ///   - progress: gets the last offset verified.
    /// - Throws: `.notABackup` when there is no backup at `backup`, `.unsound` when the backup is damaged, `.occupied`,
    ///   `.inUse` when a process writes the log to be replaced, `.failed`; nothing at `path` has changed then.
    /// - Returns: the result of verifying the new log.
    @discardableResult
    public static func restore(
        from backup: String, to path: String, keepingOldAs keptName: String? = nil,
        projections: [any Projection] = [],
        copied: () -> Void = {}, progress: (Offset) -> Void = { _ in }
    ) throws(BackupError) -> Verification {
        try restore(
            from: backup, to: path, keepingOldAs: keptName, projectionsOf: { _ in projections }, copied: copied,
            progress: progress)
    }

    /// The same for projections that depend on the log, such as those of a stored definition.
    ///
    /// - Parameter projections: gets the copy, open for reading, and returns the projections whose snapshots are compared
    ///   with a new fold.
    @discardableResult
    package static func restore(
        from backup: String, to path: String, keepingOldAs keptName: String? = nil,
        projectionsOf projections: (EventLog) -> [any Projection], copied: () -> Void = {},
        progress: (Offset) -> Void = { _ in }
    ) throws(BackupError) -> Verification {
        try checkBackup(at: backup)
        let copy = try UnfinishedLog(for: path, replaces: keptName != nil)
        do throws(BackupError) {
            try copyFile(backup + "/data.mdb", to: copy)
            copied()
            if let problem = try structureProblem(of: copy.dataPath) {
                throw BackupError(
                    .unsound,
                    "\(backup) is not a sound backup: its data.mdb is damaged or is not the file of a log, \(problem); name another backup"
                )
            }
            try giveNewID(copy, of: backup)
            let verification = try verify(copy.path, projections, progress)
            if let keptName { try replace(with: copy, keepingAs: keptName) } else { try copy.finish() }
            return verification
        } catch {
            copy.remove()
            throw error
        }
    }

    /// Rewrites the file of a log without the free pages that trimming and snapshots leave.
    ///
    /// No process may have the log open: its readers would continue with the old file.
    ///
    /// - Parameters:
    ///   - directory: the directory of the log.
    ///   - projections: the projections whose snapshots are compared with a new fold.
    ///   - progress: gets the last offset verified.
    /// - Returns: the sizes of the file before and after, in bytes.
    /// - Throws: `.inUse` with the process that has the log open, `.unsound`, `.failed`; the log has not changed then.
    public static func compact(
        directory: String, projections: [any Projection] = [], progress: (Offset) -> Void = { _ in }
    ) throws(BackupError) -> (before: Int, after: Int) {
        try compact(directory: directory, projectionsOf: { _ in projections }, progress: progress)
    }

    /// The same for projections that depend on the log, such as those of a stored definition.
    ///
    /// - Parameter projections: gets the copy, open for reading, and returns the projections whose snapshots are compared
    ///   with a new fold.
    package static func compact(
        directory: String, projectionsOf projections: (EventLog) -> [any Projection],
        progress: (Offset) -> Void = { _ in }
    ) throws(BackupError) -> (before: Int, after: Int) {
        let lock: WriterLock
        do throws(OpenError) {
            try LogDirectory.checkForReading(directory)
            lock = try WriterLock.acquire(in: directory, durability: .sync)
        } catch {
            throw BackupError(error.code == .locked ? .inUse : .failed, error.message)
        }
        defer { lock.release() }
        let data = directory + "/data.mdb"
        let before = size(of: data)
        try ExclusiveAccess.run(in: directory) { () throws(BackupError) in
            let copy = try UnfinishedLog(for: directory + "/compact")
            defer { copy.remove() }
            if let problem = try structureProblem(of: data) {
                throw BackupError(.unsound, "\(data) is damaged, \(problem); restore the log from a backup")
            }
            try copyAlone(directory, to: copy)
            _ = try verify(copy.path, projections, progress)
            try copy.takeOwner(of: data)
            guard rename(copy.dataPath, data) == 0 else {
                throw UnfinishedLog.failure("\(copy.dataPath) cannot be renamed to \(data)")
            }
            try UnfinishedLog.syncDirectory(directory)
        }
        return (before, size(of: data))
    }

    private static func replace(with copy: borrowing UnfinishedLog, keepingAs name: String) throws(BackupError) {
        let lock: WriterLock
        do throws(OpenError) {
            lock = try WriterLock.acquire(in: copy.destination, durability: .sync)
        } catch {
            throw BackupError(error.code == .locked ? .inUse : .failed, error.message)
        }
        defer { lock.release() }
        try copy.finish(keepingAs: name)
    }

    /// Copies a log that no other process has open, without the locks in `lock.mdb`: opening the log with them would end the
    /// exclusive access.
    private static func copyAlone(_ directory: String, to copy: borrowing UnfinishedLog) throws(BackupError) {
        var options = Environment.Options()
        options.readOnly = true
        options.locks = false
        options.clearsStaleReaders = false
        let environment: Environment
        do throws(LMDBError) {
            environment = try Environment(directory: directory, options: options)
        } catch {
            throw BackupError(.failed, "the log in \(directory) cannot be opened: \(error.reason)")
        }
        defer { environment.close() }
        try copyData(of: environment, to: copy)
    }

    /// The first problem in the structure of a data file; nil when the structure is sound.
    ///
    /// Must be called before LMDB opens the file: LMDB would crash on some of these problems.
    private static func structureProblem(of path: String) throws(BackupError) -> String? {
        do throws(LMDBError) {
            return try StructureCheck.run(path: path).first?.description
        } catch  where error.code == .corrupted {
            return error.subject
        } catch {
            throw BackupError(.failed, "\(path) cannot be read: \(error.reason)")
        }
    }

    private static func copyData(of environment: Environment, to copy: borrowing UnfinishedLog) throws(BackupError) {
        let descriptor = try copy.createData()
        defer { Glibc.close(descriptor) }
        let sync = BackgroundSync(of: descriptor)
        let copied = Result { () throws(LMDBError) in try environment.copy(to: descriptor) }
        errno = sync.end()
        guard errno == 0 else { throw UnfinishedLog.failure("\(copy.dataPath) cannot be synced") }
        do throws(LMDBError) {
            try copied.get()
        } catch {
            throw BackupError(
                .failed, "the log in \(environment.path) cannot be copied to \(copy.path): \(error.reason)")
        }
        try UnfinishedLog.sync(descriptor, copy.dataPath)
    }

    private static func copyFile(_ source: String, to copy: borrowing UnfinishedLog) throws(BackupError) {
        let input = Glibc.open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw UnfinishedLog.failure("\(source) cannot be read") }
        defer { Glibc.close(input) }
        let output = try copy.createData()
        defer { Glibc.close(output) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            let count = Glibc.read(input, buffer.baseAddress, buffer.count)
            if count == 0 { break }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw UnfinishedLog.failure("\(source) cannot be read") }
            try write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: output, copy.dataPath)
        }
        try UnfinishedLog.sync(output, copy.dataPath)
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String) throws(BackupError)
    {
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw UnfinishedLog.failure("\(path) cannot be written") }
            written += count
        }
    }

    private static func verify(
        _ directory: String, _ projections: (EventLog) -> [any Projection], _ progress: (Offset) -> Void
    ) throws(BackupError) -> Verification {
        let log = try open(directory)
        defer { log.close() }
        let verification: Verification
        do throws(ReadError) {
            verification = try log.verify(projections: projections(log), progress: progress)
        } catch {
            throw BackupError(.unsound, "\(error)")
        }
        guard let problem = verification.problems.first else { return verification }
        let location = problem.offset.map { "offset \($0): " } ?? ""
        throw BackupError(
            .unsound, "the log is not sound, \(location)\(problem.message); `bitacora log verify` reports all problems")
    }

    private static func giveNewID(_ copy: borrowing UnfinishedLog, of backup: String) throws(BackupError) {
        do throws(OpenError) {
            // Opened for writing, so that a log of an earlier version is converted.
            let log = try EventLog(directory: copy.path)
            defer { log.close() }
            let store = log.store
            try Store.explaining(copy.path) { () throws(LMDBError) in
                try store.write { transaction throws(LMDBError) in
                    try transaction.put(store.metaDatabase, .origin, store.meta.origin.rawValue)
                    try transaction.put(store.metaDatabase, .id, LogID.random().rawValue)
                    return .commit(())
                }
            }
        } catch  where error.code == .notALog {
            throw BackupError(notABackup: backup, "its data.mdb is not the file of a log")
        } catch {
            throw BackupError(error.code == .damaged ? .unsound : .failed, error.message)
        }
    }

    private static func open(_ directory: String) throws(BackupError) -> EventLog {
        var options = Options()
        options.access = .read
        do throws(OpenError) {
            return try EventLog(directory: directory, options: options)
        } catch {
            throw BackupError(error.code == .damaged ? .unsound : .failed, error.message)
        }
    }

    private static func size(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}

extension EventLog {
    /// Checks that `path` is a directory with a data file, as every backup is, without reading that file.
    ///
    /// - Throws: `.notABackup` with what is at `path` instead, `.failed` when `path` cannot be read.
    public static func checkBackup(at path: String) throws(BackupError) {
        guard let directory = try status(of: path) else { throw BackupError(notABackup: path, "it does not exist") }
        guard directory.st_mode & S_IFMT == S_IFDIR else {
            throw BackupError(notABackup: path, "it is not a directory (`bitacora log import` reads a file of events)")
        }
        guard let data = try status(of: path + "/data.mdb") else {
            throw BackupError(notABackup: path, "it has no data.mdb")
        }
        guard data.st_mode & S_IFMT == S_IFREG else {
            throw BackupError(notABackup: path, "its data.mdb is not a file")
        }
        guard data.st_size > 0 else { throw BackupError(notABackup: path, "its data.mdb is empty") }
    }

    /// The status of the file at `path`; nil when there is no file.
    private static func status(of path: String) throws(BackupError) -> stat? {
        var status = stat()
        if stat(path, &status) == 0 { return status }
        guard errno == ENOENT || errno == ENOTDIR else { throw UnfinishedLog.failure("\(path) cannot be read") }
        return nil
    }
}

/// Why a log was not backed up, restored or compacted; nothing has changed then.
public struct BackupError: Error, Hashable, Sendable {
    /// The kind of an error; more kinds may be added.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The name of the kind, for programs.
        public let rawValue: String
        /// Makes a code from its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// There is already something at the destination.
        public static let occupied = Code(rawValue: "occupied")
        /// Another process has the log open.
        public static let inUse = Code(rawValue: "in-use")
        /// The directory to restore is not a backup, or does not exist.
        public static let notABackup = Code(rawValue: "not-a-backup")
        /// The copied log is damaged.
        public static let unsound = Code(rawValue: "unsound")
        /// LMDB or the operating system refused.
        public static let failed = Code(rawValue: "failed")
    }

    /// The kind of the error.
    public let code: Code
    /// One sentence: what is wrong, where, and how to correct it.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// - Parameter reason: what is at `path` instead of a backup, as the rest of a sentence.
    init(notABackup path: String, _ reason: String) {
        self.init(.notABackup, "\(path) is not a backup: \(reason); name a directory that `bitacora log backup` made")
    }
}

extension BackupError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
