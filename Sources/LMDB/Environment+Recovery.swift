internal import Glibc

extension Environment {
    /// Closes the file and opens it again, after `.panic` or after the memory map could not be enlarged, when LMDB
    /// refuses every other call.
    ///
    /// Waits for running transactions. Databases keep their handles.
    ///
    /// - Throws: `.displaced` when ``checkFiles()`` fails, and nothing has changed; or the error of opening, after which
    ///   every call throws `.closed` until a later `reopen()` succeeds.
    public func reopen() throws(LMDBError) {
        try mapLock.withExclusive { () throws(LMDBError) in
            try replaceHandle()
        }
    }

    /// Makes the meta pages on the disk equal to those in memory, after a meta page could not be written.
    ///
    /// The write of a meta page can fail after the page has reached the disk. LMDB then writes the number of an older
    /// commit into the page in memory (`mdb.c`, `mdb_env_write_meta`). When the sync of that page fails as well, memory
    /// and disk differ, and the system counts the page as clean: the next sync succeeds without writing it ("Can
    /// Applications Recover from fsync Failures?", ATC 2020). The next commit reuses the pages of the failed commit, so
    /// after a power failure before the meta page of the next commit is written, the root on the disk leads into reused
    /// pages:
    ///
    /// ```
    /// memory   7 │ 6        the meta pages, by their transactions
    /// disk     7 │ 8        8 failed, and the next commit reuses its pages
    /// ```
    ///
    /// So this function writes both pages again and then syncs them. The older page gets the number of the commit before
    /// the newest and the roots of the newest, so that a reader that still uses the older number also finds intact pages.
    ///
    /// - Throws: an `errno` when the pages cannot be written; commit nothing until a later call succeeds.
    public func rewriteMetaPages() throws(LMDBError) {
        let pageSize = try information().pageSize
        try write { transaction throws(LMDBError) in
            let file = try dataDescriptor()
            let newest = transaction.number() - 1
            var meta = [UInt8](repeating: 0, count: PageLayout.Meta.end - PageLayout.Meta.magic)
            let offsets = [newest & 1, (newest + 1) & 1].map {
                off_t($0) * off_t(pageSize) + off_t(PageLayout.Meta.magic)
            }
            try Self.transfer(meta.count, "pread", path, short: EIO) { pread(file, &meta, meta.count, offsets[0]) }
            for (number, offset) in zip([newest, newest == 0 ? 0 : newest - 1], offsets) {
                meta.replaceSubrange((meta.count - 8)..., with: withUnsafeBytes(of: number.littleEndian) { Array($0) })
                try Self.transfer(meta.count, "pwrite", path, short: ENOSPC) { pwrite(file, meta, meta.count, offset) }
            }
            try check(fdatasync(file) == 0 ? 0 : errno, "fdatasync", path)
            return .abort(())
        }
    }

    /// Makes a call that transfers `count` bytes, and repeats it when a signal interrupts it.
    ///
    /// - Parameter short: the error to throw when the call transfers fewer bytes.
    private static func transfer(
        _ count: Int, _ name: String, _ path: String, short: Int32, _ call: () -> Int
    ) throws(LMDBError) {
        var result = call()
        while result < 0, errno == EINTR { result = call() }
        try check(result == count ? 0 : result < 0 ? errno : short, name, path)
    }
}
