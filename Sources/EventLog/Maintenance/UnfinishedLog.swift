internal import Glibc

/// A log that is being made beside the place where it will be: `PATH.partial`, renamed at the end.
///
/// A process that is ended in the middle leaves the unfinished one, which is never taken for a log and which the next
/// attempt removes.
struct UnfinishedLog {
    /// Where it will be.
    let destination: String
    var path: String { destination + ".partial" }
    var dataPath: String { path + "/data.mdb" }

    /// What a log, or the beginning of one, consists of.
    private static let names = ["data.mdb", "lock.mdb", "writer.lock"]

    /// Makes its directory, in the place of one that an earlier attempt left.
    ///
    /// - Throws: `.occupied` when there is something at the destination, `.failed`.
    init(for destination: String) throws(BackupError) {
        self.destination = destination.count > 1 && destination.hasSuffix("/") ? String(destination.dropLast()) : destination
        try checkDestination()
        remove()
        guard mkdir(path, 0o750) == 0 else { throw Self.failure("\(path) cannot be made") }
    }

    /// Nothing there, or an empty directory.
    private func checkDestination() throws(BackupError) {
        var status = stat()
        guard lstat(destination, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR, rmdir(destination) == 0 else {
            throw BackupError(.occupied, "\(destination) is there already; name a new directory")
        }
    }

    /// Opens its data file, which must not exist, for writing.
    func createData() throws(BackupError) -> Int32 {
        let descriptor = open(dataPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw Self.failure("\(dataPath) cannot be made") }
        return descriptor
    }

    /// Puts it in its place, durably.
    func finish() throws(BackupError) {
        // Made by looking at it; a log has them when somebody uses it.
        for name in ["lock.mdb", "writer.lock"] { unlink("\(path)/\(name)") }
        try Self.syncDirectory(path)
        guard rename(path, destination) == 0 else { throw Self.failure("\(path) cannot be renamed to \(destination)") }
        try Self.syncDirectory(Self.parent(of: destination))
    }

    /// Takes it away, if it is there.
    func remove() {
        for name in Self.names { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    static func sync(_ descriptor: Int32, _ path: String) throws(BackupError) {
        guard fsync(descriptor) == 0 else { throw failure("\(path) cannot be synced") }
    }

    static func syncDirectory(_ path: String) throws(BackupError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("\(path) cannot be opened") }
        defer { close(descriptor) }
        try sync(descriptor, path)
    }

    static func failure(_ what: String) -> BackupError {
        BackupError(.failed, "\(what): \(String(cString: strerror(errno)))")
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
