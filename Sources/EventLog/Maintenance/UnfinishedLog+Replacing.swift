internal import Glibc

extension UnfinishedLog {
    /// Puts it in the place of the log that is at its destination, which stays under another name, durably.
    ///
    /// ```
    ///                 1. rename   2. exchange
    /// PATH.partial    new ──┐
    /// PATH            old   │     ┌─ new
    /// name                  └ new ┴─ old
    /// ```
    /// So there is a whole log at the destination at every moment, and what is removed as unfinished by the next attempt
    /// is never the old one. Where the file system cannot exchange, it takes two more renames, and there is none between
    /// them.
    ///
    /// - Parameter name: beside the destination, where nothing is yet.
    /// - Throws: `.failed`; the old one is at the destination then.
    func finish(keepingAs name: String) throws(BackupError) {
        try clean()
        guard rename(path, name) == 0 else { throw Self.failure("\(path) cannot be renamed to \(name)") }
        let code = Self.exchange(name, destination)
        if code != 0 {
            rename(name, path)
            guard [EINVAL, ENOSYS, EOPNOTSUPP].contains(code) else {
                errno = code
                throw Self.failure("\(path) and \(destination) cannot be exchanged")
            }
            try moveAside(name)
        }
        try Self.syncDirectory(Self.parent(of: destination))
    }

    /// Exchanges two names: 0, or the error's number.
    ///
    /// Looked up, since the header that declares `renameat2` (Linux 3.15, rename(2)) hides it from Swift.
    private static func exchange(_ one: String, _ other: String) -> Int32 {
        typealias Call = @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
        let exchange: UInt32 = 2
        guard let symbol = dlsym(nil, "renameat2") else { return ENOSYS }
        return unsafeBitCast(symbol, to: Call.self)(AT_FDCWD, one, AT_FDCWD, other, exchange) == 0 ? 0 : errno
    }

    private func moveAside(_ name: String) throws(BackupError) {
        guard rename(destination, name) == 0 else { throw Self.failure("\(destination) cannot be renamed to \(name)") }
        guard rename(path, destination) == 0 else {
            let code = errno
            rename(name, destination)
            errno = code
            throw Self.failure("\(path) cannot be renamed to \(destination)")
        }
    }
}
