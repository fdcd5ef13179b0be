#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The few things done with files here.
enum FileSystem {
    /// What tells one state of a file from another.
    struct Stamp: Equatable {
        let seconds: Int
        let nanoseconds: Int
        let size: Int
        let inode: UInt64
    }

    enum Kind { case file, folder, other }

    /// `nil` when there is no such file.
    static func stamp(_ path: String) -> Stamp? {
        var status = stat()
        return stat(path, &status) == 0 ? Stamp(status) : nil
    }

    /// A file's bytes with its state as they were read.
    static func read(_ path: String, maximumBytes: Int) throws(TemplateError) -> (bytes: [UInt8], stamp: Stamp) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, "cannot be opened") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path, "cannot be read") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw TemplateError(.file, "\(path) is not a file") }
        let stamp = Stamp(status)
        guard stamp.size <= maximumBytes else {
            throw TemplateError(
                .limit, "\(path) has \(stamp.size) bytes, more than \(maximumBytes)", hint: "raise maximumSourceBytes")
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

    /// The names in a folder with what they are, sorted. A link to a folder counts as neither, so that no walk
    /// goes in circles.
    static func list(_ path: String) throws(TemplateError) -> [(name: String, kind: Kind)] {
        guard let folder = opendir(path) else { throw failure(path, "cannot be listed") }
        defer { closedir(folder) }
        var found: [(name: String, kind: Kind)] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { found.append((name, kind(path + "/" + name))) }
        }
        return found.sorted { $0.name < $1.name }
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func kind(_ path: String) -> Kind {
        var status = stat()
        guard stat(path, &status) == 0 else { return .other }
        if status.st_mode & S_IFMT == S_IFREG { return .file }
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return .other }
        return .folder
    }

    private static func failure(_ path: String, _ what: String) -> TemplateError {
        TemplateError(.file, "\(path) \(what): \(String(cString: strerror(errno)))")
    }
}

extension FileSystem.Stamp {
    fileprivate init(_ status: stat) {
        #if canImport(Darwin)
            seconds = status.st_mtimespec.tv_sec
            nanoseconds = status.st_mtimespec.tv_nsec
        #else
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        #endif
        size = Int(status.st_size)
        inode = UInt64(status.st_ino)
    }
}
