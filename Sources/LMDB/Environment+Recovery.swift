internal import Glibc

extension Environment {
    /// Opens the file again after `.panic` or the loss of its map, when LMDB refuses all work with it.
    ///
    /// Waits for running transactions; later transactions see what the file has then. Databases keep their handles.
    ///
    /// - Throws: `.displaced` (`checkPlace`), and nothing has changed; or the error of opening, after which every call
    ///   throws `.closed` until another call of this one succeeds.
    public func reopen() throws(LMDBError) {
        try gate.alone { () throws(LMDBError) in
            try replaceHandle()
        }
    }

    /// Makes the meta pages on the disk equal to those in memory, after a meta page could not be written.
    ///
    /// The write of a meta page can fail after the page has reached the disk. LMDB then puts the number of an older
    /// commit into the page in memory (`mdb_env_write_meta`). When the sync of that fails as well, memory and disk differ,
    /// and the system counts the page as clean: the next sync would succeed without writing it ("Can Applications
    /// Recover from fsync Failures?", ATC 2020). The next commit reuses the pages of the failed one, so after a power cut
    /// before the next commit's own meta page, the root on the disk would lead into those pages:
    ///
    /// ```
    /// memory   7 │ 6        the meta pages, by their transactions
    /// disk     7 │ 8        8 failed, and its pages are taken by the next commit
    /// ```
    ///
    /// So both pages are written again and then synced, the older one with the number of the commit before the newest and
    /// with the roots of the newest: a reader that still uses the older number finds whole pages, too.
    ///
    /// - Throws: an `errno`; nothing may be committed until another call succeeds.
    public func rewriteMetaPages() throws(LMDBError) {
        let pageSize = try information().pageSize
        try write { transaction throws(LMDBError) in
            let file = try dataDescriptor()
            let newest = transaction.number() - 1
            var meta = [UInt8](repeating: 0, count: PageLayout.Meta.end - PageLayout.Meta.magic)
            let places = [newest & 1, (newest + 1) & 1].map {
                off_t($0) * off_t(pageSize) + off_t(PageLayout.Meta.magic)
            }
            try Self.whole(meta.count, "pread", path, short: EIO) { pread(file, &meta, meta.count, places[0]) }
            for (number, place) in zip([newest, newest == 0 ? 0 : newest - 1], places) {
                meta.replaceSubrange((meta.count - 8)..., with: withUnsafeBytes(of: number.littleEndian) { Array($0) })
                try Self.whole(meta.count, "pwrite", path, short: ENOSPC) { pwrite(file, meta, meta.count, place) }
            }
            try check(fdatasync(file) == 0 ? 0 : errno, "fdatasync", path)
            return .abort(())
        }
    }

    /// Makes a call that transfers `count` bytes, and repeats it when a signal interrupts it.
    ///
    /// - Parameter short: the error to throw when the call transfers fewer bytes.
    private static func whole(
        _ count: Int, _ name: String, _ path: String, short: Int32, _ call: () -> Int
    ) throws(LMDBError) {
        var result = call()
        while result < 0, errno == EINTR { result = call() }
        try check(result == count ? 0 : result < 0 ? errno : short, name, path)
    }
}
