internal import Glibc

/// One of the two meta pages, which have the roots of all trees.
struct MetaPage {
    let pageSize: Int
    let freeTree: TreeRecord
    let mainTree: TreeRecord
    let lastPage: UInt64
    let transaction: UInt64

    /// Both meta pages, or the problem with one of them.
    static func both(of file: borrowing PageFile) throws(LMDBError) -> Result<[MetaPage], StructureProblem> {
        var metas: [MetaPage] = []
        for number in 0..<2 as Range<UInt64> {
            let bytes = try file.read(at: number * UInt64(metas.first?.pageSize ?? 0), count: PageLayout.Meta.end)
            do throws(StructureProblem) {
                metas.append(try MetaPage(bytes.span.bytes, number: number))
            } catch {
                return .failure(error)
            }
        }
        guard metas[0].pageSize == metas[1].pageSize else {
            return .failure(
                StructureProblem(
                    page: 1,
                    message: "the page size is \(metas[1].pageSize) bytes here and \(metas[0].pageSize) bytes on page 0"
                ))
        }
        return .success(metas)
    }

    /// Both meta pages of two consecutive commits, or the problem with them.
    ///
    /// A writer can commit while the pages are read, so only a problem that appears three times is returned.
    static func readStable(_ file: borrowing PageFile) throws(LMDBError) -> Result<[MetaPage], StructureProblem> {
        var found = try both(of: file).flatMap(consecutive)
        for _ in 1...2 {
            if case .success = found { break }
            found = try both(of: file).flatMap(consecutive)
        }
        return found
    }

    /// The meta pages if their commits are consecutive: a damaged number could make an old commit look like the newest.
    private static func consecutive(_ metas: [MetaPage]) -> Result<[MetaPage], StructureProblem> {
        let transactions = metas.map(\.transaction).sorted()
        guard transactions[1] - transactions[0] > 1 else { return .success(metas) }
        return .failure(
            StructureProblem(
                page: nil,
                message:
                    "the meta pages belong to transactions \(transactions[0]) and \(transactions[1]), which are not consecutive"
            ))
    }

    /// Throws `.corrupted` for damage of the meta pages that LMDB does not detect, and that makes LMDB crash, wait forever
    /// or use an old commit as the newest.
    static func check(_ path: String) throws(LMDBError) {
        if let problem = try undetectedProblem(path) {
            throw LMDBError(.corrupted, call: "mdb_env_open", subject: "\(path), \(problem)")
        }
    }

    /// Damage of the meta pages that LMDB does not detect: LMDB checks only that the file is an LMDB file. Nil when there is
    /// no such damage or no file.
    static func undetectedProblem(_ path: String) throws(LMDBError) -> StructureProblem? {
        let file: PageFile
        do throws(LMDBError) {
            file = try PageFile(path)
        } catch {
            return nil  // LMDB creates the file or reports the error
        }
        guard file.size > 0, case .failure(let problem) = try readStable(file), problem.isUndetectedByLMDB else {
            return nil
        }
        return problem
    }

    private init(_ bytes: RawSpan, number: UInt64) throws(StructureProblem) {
        func expect(_ holds: Bool, _ message: @autoclosure () -> String) throws(StructureProblem) {
            if !holds { throw StructureProblem(page: number, message: message(), isUndetectedByLMDB: true) }
        }
        try Self.checkFormat(bytes, number: number)
        let page = Page(bytes)
        try expect(page.flags == PageLayout.Kind.meta && page.number == number, "this page is not a meta page")
        freeTree = TreeRecord(
            bytes.extracting(PageLayout.Meta.freeTree..<PageLayout.Meta.freeTree + PageLayout.treeSize))
        mainTree = TreeRecord(
            bytes.extracting(PageLayout.Meta.mainTree..<PageLayout.Meta.mainTree + PageLayout.treeSize))
        lastPage = bytes.load(PageLayout.Meta.lastPage)
        transaction = bytes.load(PageLayout.Meta.transaction)
        // The tree of free pages needs no key size, so LMDB stores the page size in that field.
        pageSize = Int(freeTree.keySize)
        try expect(
            (256...1 << 16).contains(pageSize) && pageSize & (pageSize - 1) == 0,
            "the page size is \(pageSize) bytes; it must be a power of two from 256 to 65536"
        )
        // Even commits are on page 0 and odd ones on page 1. A damaged number could make an older commit look like the newest.
        try expect(
            transaction & 1 == number || transaction == 0,
            "transaction \(transaction) belongs on the other meta page")
        let mapSize: UInt64 = bytes.load(PageLayout.Meta.mapSize)
        try expect(
            lastPage >= 1 && lastPage < mapSize / UInt64(pageSize),
            "the last page, \(lastPage), is not in the memory map of \(mapSize) bytes")
    }

    /// Checks what LMDB itself checks when it opens the file.
    private static func checkFormat(_ bytes: RawSpan, number: UInt64) throws(StructureProblem) {
        func expect(_ holds: Bool, _ message: @autoclosure () -> String) throws(StructureProblem) {
            if !holds { throw StructureProblem(page: number, message: message(), isUndetectedByLMDB: false) }
        }
        try expect(bytes.byteCount == PageLayout.Meta.end, "the file ends inside this meta page")
        try expect(Page(bytes).flags & PageLayout.Kind.meta != 0, "this page is not a meta page")
        try expect(bytes.load(PageLayout.Meta.magic) == PageLayout.Meta.magicValue, "this file is not an LMDB file")
        let version: UInt32 = bytes.load(PageLayout.Meta.version)
        try expect(
            version == PageLayout.Meta.versionValue,
            "the format version is \(version); version \(PageLayout.Meta.versionValue) is supported")
    }
}

extension StructureProblem: Error {}

/// The file `data.mdb`, read page by page. The file is not mapped, so that a truncated file causes no bus error.
///
/// LMDB's record locks are on `lock.mdb`, so closing another descriptor of `data.mdb` releases none of them.
struct PageFile: ~Copyable {
    let path: String
    /// The size of the file, in bytes.
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

    /// Removes the pages of the file from the page cache, except modified ones.
    func dropCachedPages() {
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    }

    /// Reads `count` bytes at `offset`; fewer at the end of the file.
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
