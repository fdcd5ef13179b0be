internal import Glibc
internal import LMDB
internal import Synchronization

/// The exclusive right of one process to write a log: an `flock` on `DIR/writer.lock`, and one on `DIR/data.mdb`.
///
/// The kernel releases both locks when the process ends, however it ends. The second lock keeps other writers out when
/// somebody has removed `writer.lock`, which looks like a leftover; the next append creates the file again. LMDB's own
/// locks are of another kind and on another file.
///
/// `writer.lock` has five lines: the process id of the holder, its durability, what may be missing on the disk
/// (`UnsyncedMark`), the address where the holder takes events or nothing, and the id of the log or nothing. They fit
/// into one sector, which a disk writes whole.
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

    /// The mark that the previous writer left: what must be checked before the file can be trusted.
    let inherited: UnsyncedMark
    private let directory: String
    private let durability: Durability
    private let state: Mutex<State>

    private init(descriptor: Int32, directory: String, durability: Durability, inherited: UnsyncedMark, log: String?) {
        self.directory = directory
        self.durability = durability
        self.inherited = inherited
        // The inherited mark stays until the file has been checked, in case the power fails before.
        let mark = inherited == .nothing ? UnsyncedMark.whileWriting(with: durability) : inherited
        state = Mutex(State(descriptor: descriptor, mark: mark, log: log))
    }

    deinit { release() }

    /// Locks the log in `directory` for writing.
    ///
    /// - Throws: `.locked` when another process or this one writes the log; `.inaccessible`.
    static func acquire(in directory: String, durability: Durability) throws(OpenError) -> WriterLock {
        let path = path(in: directory)
        let descriptor: Int32
        switch openLocked(path) {
        case .locked(let opened): descriptor = opened
        case .held: throw locked(directory, holder: WriterHolder.read(in: directory))
        case .failed(let code):
            throw OpenError(.inaccessible, "\(path) cannot be opened for writing: \(String(cString: strerror(code)))")
        }
        let lock = WriterLock(
            descriptor: descriptor, directory: directory, durability: durability,
            inherited: readMark(in: directory), log: logID(in: directory))
        try lock.lockDataFile()
        guard lock.state.withLock({ lock.write($0) }) else {
            throw OpenError(.inaccessible, "\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        return lock
    }

    /// Lets the next writer in; a second call does nothing.
    func release() {
        state.withLock { state in
            // `writer.lock` last, so that a process that can lock it can lock the data file too.
            for open in [state.data, state.descriptor].compactMap(\.self) {
                // Closing alone would leave the lock with a child that was just forked and has not called exec yet.
                flock(open, LOCK_UN)
                Glibc.close(open)
            }
            (state.data, state.descriptor) = (nil, nil)
        }
    }

    /// Locks the data file, if it exists and this lock does not hold it yet.
    ///
    /// - Throws: `.locked` when another process holds it.
    func lockDataFile() throws(OpenError) {
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
        // `writer.lock` was removed and created again, so its text is not about the process that holds the data file.
        guard isFree else {
            throw OpenError(
                .locked,
                "the log in \(directory) is being written by another process whose writer.lock was removed; stop that process, or append through it: it creates the file again at its next append"
            )
        }
    }

    /// Creates `writer.lock` again if somebody has removed or replaced it; costs two system calls if not.
    ///
    /// Without the file other processes do not find the address at which this process takes events, and after a power cut
    /// the next writer would not check what a weaker durability has left on the disk.
    ///
    /// - Returns: false when the file cannot be created, locked or written now.
    func restoreFile() -> Bool {
        state.withLock { state in
            guard let descriptor = state.descriptor else { return false }
            let path = Self.path(in: directory)
            if let held = try? FileIdentity(descriptor: descriptor), let named = try? FileIdentity(path), held == named
            {
                return true
            }
            // Another process that starts may lock the new file for a moment, until it finds that the data file is locked.
            guard case .locked(let created) = Self.openLocked(path) else { return false }
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

    /// Writes the address where this process takes events from others into `writer.lock`.
    func announce(address: String) {
        state.withLock { state in
            state.address = address
            write(state)
        }
    }

    /// Writes the id of the log into `writer.lock`.
    func setLogID(_ log: LogID) {
        state.withLock { state in
            guard state.log != "\(log)" else { return }
            state.log = "\(log)"
            write(state)
        }
    }

    /// Writes into `writer.lock` what may be missing on the disk from now on.
    func setMark(_ mark: UnsyncedMark) {
        state.withLock { state in
            guard state.mark != mark else { return }
            state.mark = mark
            write(state)
        }
    }

    private enum Opening {
        case locked(Int32)
        /// Another open file has the lock.
        case held
        /// With the error number.
        case failed(Int32)
    }

    /// Opens the lock file at `path`, creates it if it is missing, and locks it.
    ///
    /// A link is not followed, because it could lead to another file of the log; a pipe is not waited for.
    private static func openLocked(_ path: String) -> Opening {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o640)
        guard descriptor >= 0 else { return .failed(errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(descriptor)
            return .held
        }
        return .locked(descriptor)
    }

    /// Writes the five lines; false when they cannot be written, or must be on the disk and are not.
    @discardableResult
    private func write(_ state: borrowing State) -> Bool {
        guard let descriptor = state.descriptor else { return false }
        let text = Array("\(getpid())\n\(durability)\n\(state.mark)\n\(state.address ?? "")\n\(state.log ?? "")\n".utf8)
        // Overwrites the old text in place, so that the file is never empty.
        guard text.withUnsafeBytes({ pwrite(descriptor, $0.baseAddress, $0.count, 0) }) == text.count,
            ftruncate(descriptor, off_t(text.count)) == 0
        else { return false }
        return durability == .sync && inherited == .nothing || syncFile(descriptor)
    }

    /// Syncs the file, and its name in the directory.
    private func syncFile(_ descriptor: Int32) -> Bool {
        guard fdatasync(descriptor) == 0 else { return false }
        let parent = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { return false }
        defer { Glibc.close(parent) }
        return fsync(parent) == 0
    }

    private static func locked(_ directory: String, holder: WriterHolder?) -> OpenError {
        guard let holder else {
            return OpenError(
                .locked, "the log in \(directory) is being written by another process; stop it, or append through it")
        }
        guard holder.process != getpid() else {
            return OpenError(.locked, "the log in \(directory) is already open in this process; use the open one")
        }
        return OpenError(
            .locked,
            "the log in \(directory) is being written by process \(holder.process); stop it, or append through it")
    }
}

// MARK: Reading the file of another process

extension WriterLock {
    static func path(in directory: String) -> String { directory + "/writer.lock" }

    /// Whether a process holds the lock now.
    static func isHeld(in directory: String) -> Bool {
        let descriptor = openForReading(directory)
        guard descriptor >= 0 else { return false }
        defer { Glibc.close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return true }
        flock(descriptor, LOCK_UN)
        return false
    }

    /// Keeps writers out, for a reader that LMDB does not know of.
    ///
    /// On a read-only file system a reader cannot register itself in `lock.mdb`, so a writer would reuse the pages that
    /// the reader still reads. There is no writer, unless the same directory can be written by another path to it.
    ///
    /// - Returns: the lock; nil where there never was a writer.
    /// - Throws: `.locked` when a process writes the log.
    static func lockOutWriters(of directory: String) throws(OpenError) -> SharedLock? {
        let descriptor = openForReading(directory)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else {
            Glibc.close(descriptor)
            throw OpenError(
                .locked,
                "the log in \(directory) is being written, and this path to it is read-only; read it by the path that its writer uses"
            )
        }
        return SharedLock(descriptor: descriptor)
    }

    /// A shared lock on `writer.lock`; ends with its last reference.
    final class SharedLock: Sendable {
        private let descriptor: Int32

        fileprivate init(descriptor: Int32) { self.descriptor = descriptor }

        deinit { Glibc.close(descriptor) }
    }

    /// The id of the log in `writer.lock`, which stays there after the writer's end; nil when the file has none.
    static func logID(in directory: String) -> String? {
        lines(in: directory).dropFirst(4).first.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The mark in `writer.lock`, which stays there after the writer's end.
    ///
    /// In files of earlier versions the third line is the address. A line that is neither an address nor a mark needs the
    /// same check as the mark of another run of the machine.
    static func readMark(in directory: String) -> UnsyncedMark {
        let lines = lines(in: directory)
        guard lines.count > 2, !lines[2].isEmpty, !lines[2].hasPrefix("http://") else { return .nothing }
        return UnsyncedMark(lines[2]) ?? .commits(run: "")
    }

    static func lines(in directory: String) -> [String] {
        let descriptor = openForReading(directory)
        guard descriptor >= 0 else { return [] }
        defer { Glibc.close(descriptor) }
        let text = withUnsafeTemporaryAllocation(byteCount: 512, alignment: 1) { buffer in
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
        }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private static func openForReading(_ directory: String) -> Int32 {
        open(path(in: directory), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    }
}

/// The process that writes a log, as its file `writer.lock` names it.
public struct WriterHolder: Hashable, Sendable {
    /// The number of the process.
    public let process: Int32
    /// When its commits reach the disk; nil where the file does not say.
    public let durability: Durability?
    /// Where it takes events, for example `http://127.0.0.1:8080`; nil when it takes none from other processes.
    public let address: String?

    /// Reads the lock file in `directory`.
    ///
    /// The file stays after the end of the process that it names; ``current(in:)`` checks that the process still writes.
    ///
    /// - Returns: nil when there is no such file, or it names no process.
    public static func read(in directory: String) -> WriterHolder? {
        let lines = WriterLock.lines(in: directory)
        guard let first = lines.first, let process = Int32(first) else { return nil }
        return WriterHolder(
            process: process, durability: lines.dropFirst().first.flatMap { Durability($0) },
            address: lines.dropFirst(3).first.flatMap { $0.isEmpty ? nil : $0 })
    }

    /// The process that writes the log in `directory` now; nil when no process does.
    ///
    /// The number in the file may belong to another process by now, so the lock on the file decides.
    public static func current(in directory: String) -> WriterHolder? {
        // The process first: trying the lock holds it for a moment, which could refuse a writer that starts.
        guard let holder = read(in: directory), kill(holder.process, 0) == 0 || errno == EPERM else { return nil }
        return WriterLock.isHeld(in: directory) ? holder : nil
    }
}
