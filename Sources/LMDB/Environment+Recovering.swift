internal import Glibc

extension Environment {
    /// Opens the file anew after `.panic`, or when it has lost its map: LMDB does nothing more with it then.
    ///
    /// Waits for running transactions; later ones see what the file says then. Databases keep their handles.
    ///
    /// - Throws: `.displaced`, see `checkPlace`; what opening failed with: everything throws `.closed` then, until
    ///   another call succeeds.
    public func reopen() throws(LMDBError) {
        try gate.alone { () throws(LMDBError) in
            try replaceHandle()
        }
    }

    /// Makes the disk say of the last commits what memory says, after a meta page could not be written.
    ///
    /// The write of a meta page may fail after the page has reached the disk. LMDB then writes over it, in memory, that
    /// it is of an older commit (`mdb_env_write_meta`). When the sync of that fails as well, memory and disk differ,
    /// and the system counts the page as clean: the next sync would succeed without writing it ("Can Applications
    /// Recover from fsync Failures?", ATC 2020). The next commit takes the pages of the failed one, so a power cut
    /// before its own meta page would leave a root that leads into them:
    ///
    /// ```
    /// memory   7 │ 6        the meta pages, by their transactions
    /// disk     7 │ 8        8 failed, and its pages are taken by the next commit
    /// ```
    ///
    /// So both pages are written again, the older as of the commit that it is of, and then synced. Nothing but that
    /// commit's number makes a page the newest, so what else the older one says does not matter.
    ///
    /// - Throws: an `errno`; nothing may be committed then before another call succeeds.
    public func rewriteMetaPages() throws(LMDBError) {
        let pageSize = try information().pageSize
        try write { transaction throws(LMDBError) in
            let file = try dataDescriptor()
            let newest = transaction.number() - 1
            try Self.rewriteMeta(of: newest, pageSize, file, path)
            try Self.rewriteMeta(of: newest == 0 ? 0 : newest - 1, at: (newest + 1) & 1, pageSize, file, path)
            try check(fdatasync(file) == 0 ? 0 : errno, "fdatasync", path)
            return .abort(())
        }
    }

    private static func rewriteMeta(
        of transaction: UInt64, at page: UInt64? = nil, _ pageSize: Int, _ file: Int32, _ path: String
    ) throws(LMDBError) {
        let place = off_t(page ?? transaction & 1) * off_t(pageSize)
        var meta = [UInt8](repeating: 0, count: PageLayout.Meta.end)
        try whole(meta.count, "pread", path, short: EIO) { pread(file, &meta, meta.count, place) }
        let number = withUnsafeBytes(of: transaction.littleEndian) { Array($0) }
        meta.replaceSubrange(PageLayout.Meta.transaction..<PageLayout.Meta.end, with: number)
        try whole(meta.count, "pwrite", path, short: ENOSPC) { pwrite(file, meta, meta.count, place) }
    }

    /// Repeats a call that a signal interrupted.
    ///
    /// - Parameter short: the error that stands for a call that took less than `count` bytes.
    private static func whole(_ count: Int, _ name: String, _ path: String, short: Int32, _ call: () -> Int) throws(LMDBError) {
        var result = call()
        while result < 0, errno == EINTR { result = call() }
        try check(result == count ? 0 : result < 0 ? errno : short, name, path)
    }
}
