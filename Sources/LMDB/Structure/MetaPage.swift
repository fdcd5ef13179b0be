internal import Glibc

/// One of the two pages that say where everything begins.
struct MetaPage {
    let pageSize: Int
    let freeTree: TreeRecord
    let mainTree: TreeRecord
    let lastPage: UInt64
    let transaction: UInt64

    /// Both meta pages, or what is wrong with one.
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
                    page: 1, message: "pages are \(metas[1].pageSize) bytes here and \(metas[0].pageSize) on page 0"))
        }
        return .success(metas)
    }

    /// Both meta pages, of two commits that follow each other.
    ///
    /// A writer may commit while they are read: what is wrong once is not what is wrong three times.
    static func settled(_ file: borrowing PageFile) throws(LMDBError) -> Result<[MetaPage], StructureProblem> {
        var found = try both(of: file).flatMap(following)
        for _ in 1...2 {
            if case .success = found { break }
            found = try both(of: file).flatMap(following)
        }
        return found
    }

    /// With another number in one of them an old state would pass for the newest.
    private static func following(_ metas: [MetaPage]) -> Result<[MetaPage], StructureProblem> {
        let transactions = metas.map(\.transaction).sorted()
        guard transactions[1] - transactions[0] > 1 else { return .success(metas) }
        return .failure(
            StructureProblem(
                page: nil,
                message:
                    "the meta pages are of transactions \(transactions[0]) and \(transactions[1]), which do not follow each other"
            ))
    }

    /// Refuses damage of the meta pages that LMDB does not notice, and that would make it crash, wait forever or take an
    /// old state for the newest.
    static func check(_ path: String) throws(LMDBError) {
        if let problem = try unseenProblem(path) {
            throw LMDBError(.corrupted, call: "mdb_env_open", subject: "\(path), \(problem)")
        }
    }

    /// Damage of the meta pages that LMDB does not notice: it checks only that the file is an LMDB file. Nil when there is
    /// none, or no file.
    static func unseenProblem(_ path: String) throws(LMDBError) -> StructureProblem? {
        let file: PageFile
        do throws(LMDBError) {
            file = try PageFile(path)
        } catch {
            return nil  // LMDB makes it, or says why not
        }
        guard file.size > 0, case .failure(let problem) = try settled(file), problem.isUnseenByLMDB else { return nil }
        return problem
    }

    private init(_ bytes: RawSpan, number: UInt64) throws(StructureProblem) {
        func expect(_ holds: Bool, _ message: @autoclosure () -> String, isUnseen: Bool = true) throws(StructureProblem)
        {
            if !holds { throw StructureProblem(page: number, message: message(), isUnseenByLMDB: isUnseen) }
        }
        try expect(bytes.byteCount == PageLayout.Meta.end, "the file ends inside this meta page", isUnseen: false)
        let page = Page(bytes)
        try expect(page.flags & PageLayout.Kind.meta != 0, "this is no meta page", isUnseen: false)
        try expect(
            bytes.load(PageLayout.Meta.magic) == PageLayout.Meta.magicValue, "this is no file of LMDB's",
            isUnseen: false)
        let version: UInt32 = bytes.load(PageLayout.Meta.version)
        try expect(
            version == PageLayout.Meta.versionValue,
            "the file's format is \(version), not \(PageLayout.Meta.versionValue)", isUnseen: false)
        try expect(page.flags == PageLayout.Kind.meta && page.number == number, "this is no meta page")
        freeTree = TreeRecord(
            bytes.extracting(PageLayout.Meta.freeTree..<PageLayout.Meta.freeTree + PageLayout.treeSize))
        mainTree = TreeRecord(
            bytes.extracting(PageLayout.Meta.mainTree..<PageLayout.Meta.mainTree + PageLayout.treeSize))
        lastPage = bytes.load(PageLayout.Meta.lastPage)
        transaction = bytes.load(PageLayout.Meta.transaction)
        // The free tree has no use for a key size of its own, so LMDB keeps this one there.
        pageSize = Int(freeTree.keySize)
        try expect(
            (256...1 << 16).contains(pageSize) && pageSize & (pageSize - 1) == 0, "a page cannot have \(pageSize) bytes"
        )
        // Commits take turns: without this an older root could be taken for the newest.
        try expect(
            transaction & 1 == number || transaction == 0,
            "transaction \(transaction) does not belong on this meta page")
        let mapSize: UInt64 = bytes.load(PageLayout.Meta.mapSize)
        try expect(
            lastPage >= 1 && lastPage < mapSize / UInt64(pageSize),
            "page \(lastPage), the last, is not in the map of \(mapSize) bytes")
    }
}

extension StructureProblem: Error {}

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
