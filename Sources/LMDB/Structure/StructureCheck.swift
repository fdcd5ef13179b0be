/// Checks the structure of an LMDB file without trusting it.
///
/// LMDB believes every page it reads: a changed page number or length crashes
/// it, or makes it answer nonsense. This reads `data.mdb` itself, page by page,
/// from the newest meta page: every page that is reached has its own number,
/// the kind that its place asks for, and lengths that add up; keys are in
/// order, also against the separators above them; no page is used twice, or
/// used and free; and the counts are those that LMDB keeps.
///
/// Not seen is what changed where nothing is read: the gap in a page, the byte
/// that makes a node even, the first key of a branch, pages without a use. What
/// keys and values say is their owner's to check.
///
/// Takes a bit of memory for each page of the file. Of a value larger than a
/// page only the first page is read.
public struct StructureCheck: ~Copyable {
    /// The check ends after this many.
    public static let maximumProblems = 100
    /// How many free pages at the end may never have been written.
    private static let maximumUnwritten: UInt64 = 1 << 20

    let file: PageFile
    let meta: MetaPage
    private var met: PageSet
    private(set) var problems: [StructureProblem] = []
    private let progress: (_ done: UInt64, _ total: UInt64) -> Void
    private var done: UInt64 = 0

    /// Checks a file that nobody writes meanwhile.
    ///
    /// - Parameters:
    ///   - path: the data file, `…/data.mdb`.
    ///   - progress: gets how many pages were looked at, and how many the file
    ///     has with those that are free, every 4,096 pages and at the end.
    /// - Returns: what is wrong, at most `maximumProblems`; empty when nothing is.
    /// - Throws: an `errno` when the file cannot be read.
    public static func run(
        path: String, progress: @escaping (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
    ) throws(LMDBError) -> [StructureProblem] {
        let file = try PageFile(path)
        let metas: [MetaPage]
        switch try MetaPage.settled(file) {
        case .success(let both): metas = both
        case .failure(let problem): return [problem]
        }
        return try run(file, metas[metas[0].transaction < metas[1].transaction ? 1 : 0], progress)
    }

    /// Checks only the meta pages, as every opening does; other processes may write meanwhile.
    ///
    /// - Returns: damage that LMDB itself does not notice; nil when there is none, or no file.
    /// - Throws: an `errno` when the file cannot be read.
    public static func metaPageProblem(path: String) throws(LMDBError) -> StructureProblem? {
        try MetaPage.unseenProblem(path)
    }

    /// Asks the system to read the file from the disk again, instead of showing what it holds in memory.
    ///
    /// After a failed sync the two may differ. Nobody may have the file open; a page that cannot be dropped stays.
    public static func forget(path: String) throws(LMDBError) {
        try PageFile(path).forget()
    }

    /// Checks the state after `transaction`, which a reader holds meanwhile;
    /// nil when a writer is two commits further already and its meta page is gone.
    static func run(
        path: String, transaction: UInt64, progress: @escaping (UInt64, UInt64) -> Void
    ) throws(LMDBError) -> [StructureProblem]? {
        let file = try PageFile(path)
        switch try MetaPage.settled(file) {
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
                    page: nil, message: "the file was cut: it has \(pages) pages and its last is \(meta.lastPage)")
            ]
        }
        var check = StructureCheck(file, meta, progress)
        try check.walk(meta.mainTree, .databases, "the main database")
        try check.walk(meta.freeTree, .freePages, "the free pages")
        progress(check.done, meta.lastPage + 1)
        return check.problems
    }

    private init(_ file: consuming PageFile, _ meta: MetaPage, _ progress: @escaping (UInt64, UInt64) -> Void) {
        self.file = file
        self.meta = meta
        self.progress = progress
        met = PageSet(count: meta.lastPage + 1)
    }

    var isOver: Bool { problems.count >= Self.maximumProblems }

    mutating func add(_ page: UInt64?, _ message: String) {
        if !isOver { problems.append(StructureProblem(page: page, message: message)) }
    }

    /// Notes that `count` pages from `page` on have a use; false when they cannot.
    mutating func claim(_ page: UInt64, count: UInt64 = 1, for use: String) -> Bool {
        guard page >= 2, page <= meta.lastPage, count <= meta.lastPage - page + 1 else {
            add(page, "\(use): there is no such page: the last is \(meta.lastPage)")
            return false
        }
        for page in page..<page + count where !met.insert(page) {
            add(page, "\(use): this page has another use")
            return false
        }
        done += count
        if done % 4096 < count { progress(done, meta.lastPage + 1) }
        return true
    }

    /// The bytes of a page that says it is `number`.
    mutating func read(_ number: UInt64, for use: String) throws(LMDBError) -> [UInt8]? {
        let bytes = try file.read(at: number * UInt64(meta.pageSize), count: meta.pageSize)
        guard bytes.count == meta.pageSize else {
            add(number, "\(use): the file was cut before the end of this page")
            return nil
        }
        let own = Page(bytes.span.bytes).number
        guard own == number else {
            add(number, "\(use): this page says that it is page \(own)")
            return nil
        }
        return bytes
    }
}

/// Something in an LMDB file that LMDB never writes.
public struct StructureProblem: Hashable, Sendable {
    /// The page it was found on; nil when it is about the whole file.
    public let page: UInt64?
    /// One sentence without the page: what is wrong.
    public let message: String
    /// Whether LMDB would open the file all the same.
    let isUnseenByLMDB: Bool

    init(page: UInt64?, message: String, isUnseenByLMDB: Bool = true) {
        self.page = page
        self.message = message
        self.isUnseenByLMDB = isUnseenByLMDB
    }
}

extension StructureProblem: CustomStringConvertible {
    /// For example `page 12: database events: the keys are not in order`.
    public var description: String { page.map { "page \($0): \(message)" } ?? message }
}

/// Which pages were met, a bit each.
struct PageSet {
    private var words: [UInt64]

    /// - Parameter count: numbers up to this are asked for.
    init(count: UInt64) { words = [UInt64](repeating: 0, count: Int(count / 64 + 1)) }

    /// False when `page` is there already.
    mutating func insert(_ page: UInt64) -> Bool {
        let (word, bit) = (Int(page / 64), UInt64(1) << (page % 64))
        guard words[word] & bit == 0 else { return false }
        words[word] |= bit
        return true
    }
}
