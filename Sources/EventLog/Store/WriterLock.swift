internal import Glibc
internal import Synchronization

/// The claim of one process to write a log: an exclusive `flock` on `DIR/writer.lock`.
///
/// The kernel drops it when the process ends, however it ends. The file says
/// who holds it, a line each: the process id, its durability, and an address
/// where that process takes events, if it has one.
final class WriterLock: Sendable {
    /// Nil after `release`.
    private let descriptor: Mutex<Int32?>
    private let durability: Durability

    private init(descriptor: Int32, durability: Durability) {
        self.descriptor = Mutex(descriptor)
        self.durability = durability
    }

    deinit { release() }

    /// Lets the next writer in; a second time does nothing.
    func release() {
        descriptor.withLock { descriptor in
            if let open = descriptor {
                // Closing alone would leave the lock with a child that was just forked and has not called exec yet.
                flock(open, LOCK_UN)
                Glibc.close(open)
            }
            descriptor = nil
        }
    }

    static func path(in directory: String) -> String { directory + "/writer.lock" }

    static func acquire(in directory: String, durability: Durability) throws(OpenError) -> WriterLock {
        let path = path(in: directory)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw OpenError(.inaccessible, "\(path) cannot be opened for writing: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(descriptor)
            throw locked(directory, holder: WriterHolder.read(in: directory))
        }
        let lock = WriterLock(descriptor: descriptor, durability: durability)
        lock.announce(address: nil)
        return lock
    }

    private static func locked(_ directory: String, holder: WriterHolder?) -> OpenError {
        guard let holder else {
            return OpenError(.locked, "the log in \(directory) is being written by another process; stop it, or append through it")
        }
        guard holder.process != getpid() else {
            return OpenError(.locked, "the log in \(directory) is already open in this process; share that one")
        }
        return OpenError(.locked, "the log in \(directory) is being written by process \(holder.process); stop it, or append through it")
    }

    /// Says where this process takes events from others.
    func announce(address: String?) {
        let text = Array("\(getpid())\n\(durability)\n\(address.map { $0 + "\n" } ?? "")".utf8)
        descriptor.withLock { descriptor in
            guard let descriptor else { return }
            ftruncate(descriptor, 0)
            _ = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        }
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
        let descriptor = open(WriterLock.path(in: directory), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { Glibc.close(descriptor) }
        let text = withUnsafeTemporaryAllocation(byteCount: 512, alignment: 1) { buffer in
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
        }
        let lines = text.split(separator: "\n")
        guard let first = lines.first, let process = Int32(first) else { return nil }
        return WriterHolder(
            process: process, durability: lines.dropFirst().first.flatMap { Durability(String($0)) },
            address: lines.dropFirst(2).first.map(String.init))
    }
}
