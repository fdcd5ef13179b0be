#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The operations on files that the view engine needs.
enum FileSystem {
    /// The attributes that change when a file changes.
    struct Stamp: Equatable {
        /// The times of the last change of the content and of the attributes, in nanoseconds since 1970.
        let modified: Int
        let changed: Int
        let size: Int
        let inode: UInt64

        /// Whether every later change of the file changes the times, which advance only every few milliseconds.
        var isSettled: Bool {
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            return FileSystem.nanoseconds(now) - changed > FileSystem.tick
        }
    }

    /// Longer than the time resolution of any file system except FAT.
    private static let tick = 100_000_000

    enum Kind { case file, directory, other }

    /// The attributes of a file; `nil` when it does not exist.
    static func stamp(_ path: String) -> Stamp? {
        var status = stat()
        return stat(path, &status) == 0 ? Stamp(status) : nil
    }

    /// The bytes of a file with its attributes at the time of reading.
    static func read(_ path: String, maximumBytes: Int) throws(TemplateError) -> (bytes: [UInt8], stamp: Stamp) {
        // Opening a FIFO would otherwise wait for its writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(path, "cannot be opened") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path, "cannot be read") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw TemplateError(.file, "\(path) is not a regular file") }
        let stamp = Stamp(status)
        guard stamp.size <= maximumBytes else {
            throw TemplateError(
                .limit, "\(path) has \(stamp.size) bytes; the limit is \(maximumBytes)",
                hint: "raise maximumSourceBytes")
        }
        return (try readAll(descriptor, size: stamp.size, path), stamp)
    }

    private static func readAll(_ descriptor: Int32, size: Int, _ path: String) throws(TemplateError) -> [UInt8] {
        var isBroken = false
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                #if canImport(Glibc)
                    let length = Glibc.read(descriptor, buffer.baseAddress! + count, size - count)
                #elseif canImport(Musl)
                    let length = Musl.read(descriptor, buffer.baseAddress! + count, size - count)
                #else
                    let length = Darwin.read(descriptor, buffer.baseAddress! + count, size - count)
                #endif
                if length < 0, errno == EINTR { continue }
                isBroken = length < 0
                guard length > 0 else { return }
                count += length
            }
        }
        if isBroken { throw failure(path, "cannot be read") }
        return bytes
    }

    /// Whether a file exists below the root without a symbolic link to a directory in its path.
    ///
    /// The file may be a symbolic link itself, as in the volumes of containers, but not to a file outside of the root:
    /// otherwise everyone with write access to the root could publish any file of the machine.
    static func isReachable(_ name: String, in root: String) throws(TemplateError) -> Bool {
        guard let realRoot = try existingPath(root) else { return false }
        let start = realRoot.hasSuffix("/") ? realRoot : realRoot + "/"
        let directory = name.split(separator: "/").dropLast().joined(separator: "/")
        if !directory.isEmpty {
            guard try existingPath(root + "/" + directory) == start + directory else { return false }
        }
        let path = root + "/" + name
        guard let realFile = realPath(path) else {
            var status = stat()
            guard lstat(path, &status) == 0 else { return false }
            throw TemplateError(.file, "\(path) is a symbolic link to a file that does not exist")
        }
        guard realFile.hasPrefix(start) else {
            throw TemplateError(
                .file, "\(path) is a symbolic link to a file outside of \(root)", hint: "replace the link with the file"
            )
        }
        return true
    }

    /// The path of a directory without links; `nil` when there is no such directory.
    ///
    /// A directory that may not be searched is an error: a file of a later source must not replace what is in it.
    private static func existingPath(_ path: String) throws(TemplateError) -> String? {
        if let resolved = realPath(path) { return resolved }
        guard [ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP].contains(errno) else { throw failure(path, "cannot be searched") }
        return nil
    }

    /// The path of a file without links in its directory: the same for all paths of the file, but different for a link
    /// to the file and the file itself.
    static func canonicalPath(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), let directory = realPath(String(path[..<slash])) else { return path }
        return directory + path[slash...]
    }

    /// The path without links; `nil` when the file does not exist.
    static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The names and kinds of the entries of a directory, sorted, without hidden ones. A link to a directory is of the
    /// kind `other`, so that a search for files always ends.
    static func list(_ path: String) throws(TemplateError) -> [(name: String, kind: Kind)] {
        guard let directory = opendir(path) else { throw failure(path, "cannot be listed") }
        defer { closedir(directory) }
        var found: [(name: String, kind: Kind)] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
                    String(cString: $0)
                }
            }
            if !name.hasPrefix(".") { found.append((name, kind(path + "/" + name))) }
        }
        return found.sorted { $0.name < $1.name }
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// A link to a missing file counts as a file, so that it is reported as an error and not ignored.
    private static func kind(_ path: String) -> Kind {
        var status = stat()
        guard lstat(path, &status) == 0 else { return .other }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .directory
        case S_IFLNK: return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG ? .other : .file
        default: return .other
        }
    }

    fileprivate static func nanoseconds(_ time: timespec) -> Int { time.tv_sec * 1_000_000_000 + time.tv_nsec }

    private static func failure(_ path: String, _ what: String) -> TemplateError {
        TemplateError(.file, "\(path) \(what): \(String(cString: strerror(errno)))")
    }
}

extension FileSystem.Stamp {
    fileprivate init(_ status: stat) {
        #if canImport(Darwin)
            modified = FileSystem.nanoseconds(status.st_mtimespec)
            changed = FileSystem.nanoseconds(status.st_ctimespec)
        #else
            modified = FileSystem.nanoseconds(status.st_mtim)
            changed = FileSystem.nanoseconds(status.st_ctim)
        #endif
        size = Int(status.st_size)
        inode = UInt64(status.st_ino)
    }
}
