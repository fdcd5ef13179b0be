/// Checks the structure of an LMDB file without trusting the file.
///
/// LMDB trusts every page: a changed page number or length makes it crash or return wrong data. This check reads
/// `data.mdb` itself, page by page, starting at the newest meta page, and verifies that
/// - every page has its own number, the kind that its position in the tree requires, and consistent lengths;
/// - keys are in order, also relative to the separators in the pages above;
/// - no page is used twice, or both used and free;
/// - the counts of pages and entries are those that LMDB has stored.
///
/// The check does not detect changes in bytes that nobody reads: the gap in a page, the padding byte of a node, the first
/// key of a branch, and unused pages. It also does not check the content of keys and values.
///
/// The check needs one bit of memory for each page of the file. It reads only the first page of a value that is larger
/// than a page.
public struct StructureCheck: ~Copyable {
    /// The number of problems after which the check ends.
    public static let maximumProblems = 100
    /// The largest number of free pages that can be missing at the end of an intact file.
    private static let maximumUnwritten: UInt64 = 1 << 20

    let file: PageFile
    let meta: MetaPage
    private var visited: PageSet
    private(set) var problems: [StructureProblem] = []
    private let progress: (_ done: UInt64, _ total: UInt64) -> Void
    private var done: UInt64 = 0

    /// Checks a file to which no process writes during the check.
    ///
    /// For a file that is in use, call ``Environment/checkStructure(progress:)``.
    ///
    /// - Parameters:
    ///   - path: the path of the data file, `…/data.mdb`.
    ///   - progress: gets the number of checked pages and the number of all pages, used and free, every 4,096 pages and at
    ///     the end.
    /// - Returns: the problems, at most ``maximumProblems``; empty when the structure is intact.
    /// - Throws: an `errno` when the file cannot be read.
    public static func run(
        path: String, progress: @escaping (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
    ) throws(LMDBError) -> [StructureProblem] {
        let file = try PageFile(path)
        let metas: [MetaPage]
        switch try MetaPage.readStable(file) {
        case .success(let both): metas = both
        case .failure(let problem): return [problem]
        }
        return try run(file, metas[metas[0].transaction < metas[1].transaction ? 1 : 0], progress)
    }

    /// Checks only the meta pages, as ``Environment/init(directory:options:)`` does; other processes can write during the
    /// check.
    ///
    /// - Parameter path: the path of the data file, `…/data.mdb`.
    /// - Returns: damage that LMDB itself does not detect; nil when there is no such damage or no file.
    /// - Throws: an `errno` when the file cannot be read.
    public static func metaPageProblem(path: String) throws(LMDBError) -> StructureProblem? {
        try MetaPage.undetectedProblem(path)
    }

    /// Asks the system to remove the file from its page cache, so that the next read comes from the disk.
    ///
    /// After a failed sync, cache and disk can differ. No process may have the file open; modified pages stay in the cache.
    ///
    /// - Parameter path: the path of the data file, `…/data.mdb`.
    /// - Throws: an `errno` when the file cannot be opened.
    public static func dropCachedPages(path: String) throws(LMDBError) {
        try PageFile(path).dropCachedPages()
    }

    /// Checks the commit `transaction`, which an open read transaction keeps unchanged.
    ///
    /// - Returns: nil when a writer has committed twice since, so that the meta page of the commit is overwritten.
    static func run(
        path: String, transaction: UInt64, progress: @escaping (UInt64, UInt64) -> Void
    ) throws(LMDBError) -> [StructureProblem]? {
        let file = try PageFile(path)
        switch try MetaPage.readStable(file) {
        case .success(let metas):
            guard let meta = metas.first(where: { $0.transaction == transaction }) else { return nil }
            return try run(file, meta, progress)
        case .failure(let problem): return [problem]
        }
    }

    private static func run(
        _ file: consuming PageFile, _ meta: MetaPage, _ progress: @escaping (UInt64, UInt64) -> Void
    ) throws(LMDBError) -> [StructureProblem] {
        let pages = file.size / UInt64(meta.pageSize)
        guard meta.lastPage < pages + maximumUnwritten else {
            return [
                StructureProblem(
                    page: nil,
                    message:
                        "the file is truncated: it has \(pages) pages, and the last page in use is \(meta.lastPage)")
            ]
        }
        var check = StructureCheck(file, meta, progress)
        try check.checkTree(meta.mainTree, .databases, "the main database")
        try check.checkTree(meta.freeTree, .freePages, "the free pages")
        progress(check.done, meta.lastPage + 1)
        return check.problems
    }

    private init(_ file: consuming PageFile, _ meta: MetaPage, _ progress: @escaping (UInt64, UInt64) -> Void) {
        self.file = file
        self.meta = meta
        self.progress = progress
        visited = PageSet(count: meta.lastPage + 1)
    }

    var isFinished: Bool { problems.count >= Self.maximumProblems }

    mutating func add(_ page: UInt64?, _ message: String) {
        if !isFinished { problems.append(StructureProblem(page: page, message: message)) }
    }

    /// Marks `count` pages from `page` on as used, and adds a problem when a page does not exist or is already used.
    ///
    /// - Returns: whether there was no problem.
    mutating func claim(_ page: UInt64, count: UInt64 = 1, for use: String) -> Bool {
        guard page >= 2, page <= meta.lastPage, count <= meta.lastPage - page + 1 else {
            add(page, "\(use): this page does not exist; the last page is \(meta.lastPage)")
            return false
        }
        for page in page..<page + count where !visited.insert(page) {
            add(page, "\(use): this page is used twice")
            return false
        }
        done += count
        if done % 4096 < count { progress(done, meta.lastPage + 1) }
        return true
    }

    /// The bytes of a page; nil, with a problem added, when the page is not complete or has another number.
    mutating func read(_ number: UInt64, for use: String) throws(LMDBError) -> [UInt8]? {
        let bytes = try file.read(at: number * UInt64(meta.pageSize), count: meta.pageSize)
        guard bytes.count == meta.pageSize else {
            add(number, "\(use): the file ends before the end of this page")
            return nil
        }
        let own = Page(bytes.span.bytes).number
        guard own == number else {
            add(number, "\(use): the number in this page is \(own)")
            return nil
        }
        return bytes
    }
}

/// A fault in the structure of an LMDB file.
public struct StructureProblem: Hashable, Sendable {
    /// The number of the page with the fault; nil when the fault concerns the whole file.
    public let page: UInt64?
    /// What is wrong, in one sentence without the page.
    public let message: String
    /// Whether LMDB opens the file in spite of the fault.
    let isUndetectedByLMDB: Bool

    init(page: UInt64?, message: String, isUndetectedByLMDB: Bool = true) {
        self.page = page
        self.message = message
        self.isUndetectedByLMDB = isUndetectedByLMDB
    }
}

extension StructureProblem: CustomStringConvertible {
    /// For example `page 12: database events: the keys are not in order`.
    public var description: String { page.map { "page \($0): \(message)" } ?? message }
}

/// A set of page numbers, with one bit for each page.
struct PageSet {
    private var words: [UInt64]

    /// An empty set.
    ///
    /// - Parameter count: the largest number that can be inserted.
    init(count: UInt64) { words = [UInt64](repeating: 0, count: Int(count / 64 + 1)) }

    /// Inserts a page; returns false when the set already has the page.
    mutating func insert(_ page: UInt64) -> Bool {
        let (word, bit) = (Int(page / 64), UInt64(1) << (page % 64))
        guard words[word] & bit == 0 else { return false }
        words[word] |= bit
        return true
    }
}
