internal import Glibc
internal import Synchronization

/// The claim of one process to write a log: an exclusive `flock` on `DIR/writer.lock`, and one on `DIR/data.mdb`.
///
/// The kernel drops both when the process ends, however it ends. The second
/// lock keeps other writers out when somebody has removed `writer.lock`,
/// which looks like a leftover; the next append creates the file again.
/// LMDB's own locks are of another kind and on another file.
///
/// `writer.lock` has five lines: the process id of the holder, its durability,
/// what the disk may lack (`UnsyncedMark`), the address where the holder takes
/// events or nothing, and the id of the log or nothing. They fit into one
/// sector, which a disk writes whole.
final class WriterLock: Sendable {
    private struct State {
        /// Nil after `release`.
        var descriptor: Int32?
        /// The descriptor of the data file; nil before that file exists, and after `release`.
        var data: Int32?
        var mark: UnsyncedMark
        var address: String?
        var log: String?
    }

    /// What the last writer left, and what may have to be checked before anything is believed.
    let inherited: UnsyncedMark
    private let directory: String
    private let durability: Durability
    private let state: Mutex<State>

    private init(descriptor: Int32, directory: String, durability: Durability, inherited: UnsyncedMark, log: String?) {
        self.directory = directory
        self.durability = durability
        self.inherited = inherited
        // What was inherited stands until `settle`, should the power fail before.
        let mark = inherited == .nothing ? UnsyncedMark.own(durability) : inherited
        state = Mutex(State(descriptor: descriptor, mark: mark, log: log))
    }

    deinit { release() }

    /// Lets the next writer in; a second time does nothing.
    func release() {
        state.withLock { state in
            // `writer.lock` last, so that whoever can lock it can lock the data file too.
            for open in [state.data, state.descriptor].compactMap(\.self) {
                // Closing alone would leave the lock with a child that was just forked and has not called exec yet.
                flock(open, LOCK_UN)
                Glibc.close(open)
            }
            (state.data, state.descriptor) = (nil, nil)
        }
    }

    static func path(in directory: String) -> String { directory + "/writer.lock" }

    static func acquire(in directory: String, durability: Durability) throws(OpenError) -> WriterLock {
        let path = path(in: directory)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o640)
        guard descriptor >= 0 else {
            throw OpenError(.inaccessible, "\(path) cannot be opened for writing: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(descriptor)
            throw locked(directory, holder: WriterHolder.read(in: directory))
        }
        let lock = WriterLock(
            descriptor: descriptor, directory: directory, durability: durability,
            inherited: mark(in: directory), log: logID(in: directory))
        try lock.claimData()
        guard lock.state.withLock({ lock.write($0) }) else {
            throw OpenError(.inaccessible, "\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        return lock
    }

    /// Locks the data file, if it exists and this lock does not hold it yet.
    ///
    /// - Throws: `.locked` when another process holds it.
    func claimData() throws(OpenError) {
        let isFree = state.withLock { state -> Bool in
            guard state.data == nil else { return true }
            let data = open(directory + "/data.mdb", O_RDWR | O_CLOEXEC)
            // A file that does not exist needs no lock yet; a file that cannot be opened is refused by LMDB.
            guard data >= 0 else { return true }
            guard flock(data, LOCK_EX | LOCK_NB) == 0 else {
                Glibc.close(data)
                return false
            }
            state.data = data
            return true
        }
        // `writer.lock` was removed and created again, so what it says is not about the process that holds the data.
        guard isFree else {
            throw OpenError(
                .locked,
                "the log in \(directory) is being written by another process whose writer.lock was removed; stop that process, or append through it: it creates the file again at its next append"
            )
        }
    }

    /// Creates `writer.lock` again if somebody has removed or replaced it; costs two system calls.
    ///
    /// Without the file other processes do not find the address at which this process takes events, and after a power cut
    /// the next writer would not check what a weaker durability has left on the disk.
    ///
    /// - Returns: false when the file cannot be created, locked or written now.
    func keepInPlace() -> Bool {
        state.withLock { state in
            guard let descriptor = state.descriptor else { return false }
            let path = Self.path(in: directory)
            var (held, named) = (stat(), stat())
            if fstat(descriptor, &held) == 0, stat(path, &named) == 0,
                (held.st_dev, held.st_ino) == (named.st_dev, named.st_ino)
            {
                return true
            }
            // A link could lead to another file of the log, and opening a pipe could wait.
            let created = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o640)
            guard created >= 0 else { return false }
            // Another process that starts may lock the new file for a moment, until it finds that the data file is locked.
            guard flock(created, LOCK_EX | LOCK_NB) == 0 else {
                Glibc.close(created)
                return false
            }
            state.descriptor = created
            guard write(state) else {
                // The next call tries again, because this one is not the file in the directory.
                state.descriptor = descriptor
                Glibc.close(created)
                return false
            }
            Glibc.close(descriptor)
            return true
        }
    }

    /// The id of the log in `writer.lock`, which stays there after the writer's end; nil when the file has none.
    static func logID(in directory: String) -> String? {
        lines(in: directory).dropFirst(4).first.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What the last writer left; stays after its end.
    ///
    /// In what earlier versions wrote the third line was the address. One that says neither is as doubtful as a log
    /// of another run.
    static func mark(in directory: String) -> UnsyncedMark {
        let lines = lines(in: directory)
        guard lines.count > 2, !lines[2].isEmpty, !lines[2].hasPrefix("http://") else { return .nothing }
        return UnsyncedMark(lines[2]) ?? .commits(run: "")
    }

    /// Whether a process has the claim now.
    static func isHeld(in directory: String) -> Bool {
        let descriptor = open(path(in: directory), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { Glibc.close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return true }
        flock(descriptor, LOCK_UN)
        return false
    }

    static func lines(in directory: String) -> [String] {
        let descriptor = open(path(in: directory), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return [] }
        defer { Glibc.close(descriptor) }
        let text = withUnsafeTemporaryAllocation(byteCount: 512, alignment: 1) { buffer in
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
        }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// Keeps writers out, for a reader that LMDB does not know of.
    ///
    /// On a read-only file system a reader cannot say in `lock.mdb` what it
    /// reads, so a writer would take the pages from under it. There is none,
    /// unless the same directory can be written by another path to it.
    ///
    /// - Returns: the claim; nil where there never was a writer.
    static func keepWritersOut(of directory: String) throws(OpenError) -> SharedClaim? {
        let descriptor = open(path(in: directory), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else {
            Glibc.close(descriptor)
            throw OpenError(
                .locked,
                "the log in \(directory) is being written, and here it is read-only; read it where its writer has it")
        }
        return SharedClaim(descriptor: descriptor)
    }

    /// Ends with its last reference.
    final class SharedClaim: Sendable {
        private let descriptor: Int32

        fileprivate init(descriptor: Int32) { self.descriptor = descriptor }

        deinit { Glibc.close(descriptor) }
    }

    private static func locked(_ directory: String, holder: WriterHolder?) -> OpenError {
        guard let holder else {
            return OpenError(
                .locked, "the log in \(directory) is being written by another process; stop it, or append through it")
        }
        guard holder.process != getpid() else {
            return OpenError(.locked, "the log in \(directory) is already open in this process; share that one")
        }
        return OpenError(
            .locked,
            "the log in \(directory) is being written by process \(holder.process); stop it, or append through it")
    }

    /// Says where this process takes events from others.
    func announce(address: String) {
        state.withLock { state in
            state.address = address
            write(state)
        }
    }

    /// Writes the id of the log into `writer.lock`.
    func name(_ log: LogID) {
        state.withLock { state in
            guard state.log != "\(log)" else { return }
            state.log = "\(log)"
            write(state)
        }
    }

    /// Says what the disk may lack from now on.
    func mark(_ mark: UnsyncedMark) {
        state.withLock { state in
            guard state.mark != mark else { return }
            state.mark = mark
            write(state)
        }
    }

    /// False when it could not be written, or must be on the disk and is not.
    @discardableResult
    private func write(_ state: borrowing State) -> Bool {
        guard let descriptor = state.descriptor else { return false }
        let text = Array("\(getpid())\n\(durability)\n\(state.mark)\n\(state.address ?? "")\n\(state.log ?? "")\n".utf8)
        // Over what is there, so that there is no moment in which nothing is said.
        guard text.withUnsafeBytes({ pwrite(descriptor, $0.baseAddress, $0.count, 0) }) == text.count,
            ftruncate(descriptor, off_t(text.count)) == 0
        else { return false }
        return durability == .sync && inherited == .nothing || syncFile(descriptor)
    }

    /// The file, and its name in the directory.
    private func syncFile(_ descriptor: Int32) -> Bool {
        guard fdatasync(descriptor) == 0 else { return false }
        let parent = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { return false }
        defer { Glibc.close(parent) }
        return fsync(parent) == 0
    }
}

/// Who writes a log.
public struct WriterHolder: Hashable, Sendable {
    public let process: Int32
    /// When its commits reach the disk; nil where the file does not say.
    public let durability: Durability?
    /// Where it takes events: `http://127.0.0.1:8080`.
    public let address: String?

    /// What the lock file in `directory` says; stale after its holder died.
    public static func read(in directory: String) -> WriterHolder? {
        let lines = WriterLock.lines(in: directory)
        guard let first = lines.first, let process = Int32(first) else { return nil }
        return WriterHolder(
            process: process, durability: lines.dropFirst().first.flatMap { Durability($0) },
            address: lines.dropFirst(3).first.flatMap { $0.isEmpty ? nil : $0 })
    }
}
