internal import Glibc

/// `data.mdb`, read a page at a time; nothing is mapped, so that a file cut short is no bus error.
///
/// LMDB's locks are on `lock.mdb`: opening and closing the data beside it drops none.
struct PageFile: ~Copyable {
    let path: String
    /// In bytes.
    let size: UInt64
    private let descriptor: Int32

    init(_ path: String) throws(LMDBError) {
        let opened = open(path, O_RDONLY | O_CLOEXEC)
        try check(opened >= 0 ? 0 : errno, "open", path)
        var status = stat()
        let failure = fstat(opened, &status) == 0 ? 0 : errno
        if failure != 0 { close(opened) }
        try check(failure, "fstat", path)
        posix_fadvise(opened, 0, 0, POSIX_FADV_SEQUENTIAL)
        self.path = path
        descriptor = opened
        size = UInt64(status.st_size)
    }

    deinit { close(descriptor) }

    /// Drops the pages that the system holds in memory, as far as they are not to be written.
    func forget() {
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    }

    /// Up to `count` bytes at `offset`; fewer where the file ends.
    func read(at offset: UInt64, count: Int) throws(LMDBError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let result = pread(
                    descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset) + off_t(filled))
                if result < 0, errno == EINTR { continue }
                if result < 0 { failure = errno }
                if result <= 0 { return }
                filled += result
            }
        }
        try check(failure, "pread", path)
        return bytes
    }
}
