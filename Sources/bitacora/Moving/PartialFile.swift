import Glibc

/// `FILE.partial`, which becomes `FILE` when it is whole, so that nobody ever finds half a file under its name.
///
/// Locked while it is written: of two exports to one file the second is refused.
final class PartialFile {
    let path: String
    let descriptor: Int32
    private let file: String
    private let replaces: Bool

    /// - Parameters:
    ///   - force: replaces what is there, under either name.
    ///   - resume: opens the partial file that is there, instead of making one.
    /// - Throws: `Failure`, `refused` when something is in the way.
    init(_ file: String, force: Bool, resume: Bool) throws(Failure) {
        self.file = file
        replaces = force
        path = file + ".partial"
        if !force, access(file, F_OK) == 0 {
            throw Failure(
                ExitStatus.refused, "\(file) exists already; choose another file, or pass --force to replace it")
        }
        let flags = resume ? 0 : force ? O_CREAT : O_CREAT | O_EXCL
        descriptor = open(path, O_RDWR | O_CLOEXEC | flags, 0o640)
        guard descriptor >= 0 else { throw Self.problem(path, errno, resume: resume) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw Failure(
                ExitStatus.refused,
                "\(path) is being written by another export; wait until it ends, or choose another file")
        }
        // Another export may have finished it, and given it its name, after it was opened here.
        guard isNamed else {
            throw Failure(
                ExitStatus.refused,
                "another export has just finished \(path): \(file) exists; choose another file, or pass --force to replace it"
            )
        }
        if !resume { ftruncate(descriptor, 0) }
    }

    /// Whether the file that is open is the one at `path`.
    private var isNamed: Bool {
        var (open, named) = (stat(), stat())
        return fstat(descriptor, &open) == 0 && stat(path, &named) == 0 && open.st_ino == named.st_ino
            && open.st_dev == named.st_dev
    }

    deinit { close(descriptor) }

    var size: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Truncates the file to `size` bytes; the next write is at the end.
    func cut(to size: Int) throws(Failure) {
        guard ftruncate(descriptor, size) == 0, lseek(descriptor, 0, SEEK_END) == size else {
            throw failure("truncated", errno)
        }
    }

    /// Reads up to `count` bytes at `place`.
    func read(_ count: Int, at place: Int) throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let result = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress! + filled, count - filled, place + filled)
            }
            if result < 0, errno == EINTR { continue }
            guard result >= 0 else { throw failure("read", errno) }
            if result == 0 { break }
            filled += result
        }
        return Array(bytes[..<filled])
    }

    /// Syncs it and gives it its name; a power cut leaves the one or the other, whole.
    func finish() throws(Failure) {
        guard fsync(descriptor) == 0 else { throw failure("synced", errno) }
        if !replaces, access(file, F_OK) == 0 {
            throw Failure(
                ExitStatus.refused,
                "\(file) was created while the export ran; all events are in \(path), which you can rename")
        }
        guard rename(path, file) == 0 else { throw failure("renamed", errno) }
        let directory = open(Self.directory(of: file), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }

    /// What to say when the file system refuses.
    func failure(_ what: String, _ code: Int32) -> Failure {
        Failure(
            ExitStatus.unusable,
            "\(path) cannot be \(what): \(String(cString: strerror(code))); correct the cause and continue with --resume"
        )
    }

    private static func problem(_ path: String, _ code: Int32, resume: Bool) -> Failure {
        switch code {
        case EEXIST:
            Failure(
                ExitStatus.refused,
                "\(path) exists already, from an export that was interrupted; continue it with --resume, or start again with --force"
            )
        case ENOENT where resume:
            Failure(ExitStatus.refused, "there is no \(path) to continue; leave out --resume")
        default: Failure(ExitStatus.unusable, "\(path) cannot be opened: \(String(cString: strerror(code)))")
        }
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
