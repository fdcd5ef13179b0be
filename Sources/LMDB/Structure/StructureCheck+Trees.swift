/// The kind of content of a tree's leaves.
enum TreeContent {
    /// The tree of a database under each name, and values of the unnamed database.
    case databases
    /// The numbers of the freed pages under each transaction that freed pages.
    case freePages
    /// One or many values under each key.
    case entries
    /// The values of one key, stored as keys.
    case values(isEqualSized: Bool, isInteger: Bool)

    /// Whether a tree with this content can have these flags.
    func allows(_ flags: UInt16) -> Bool {
        typealias Tree = PageLayout.Tree
        switch self {
        case .databases: return flags == 0
        case .freePages: return flags == Tree.integerKeys
        case .entries:
            return flags & ~Tree.known == 0 && (flags & Tree.duplicates != 0 || flags & ~Tree.integerKeys == 0)
        case .values(let isEqualSized, let isInteger):
            return flags == (isEqualSized ? Tree.equalSized | (isInteger ? Tree.integerKeys : 0) : 0)
        }
    }
}

/// The number of pages and entries found in a tree so far.
struct TreeCounts {
    var branches: UInt64 = 0
    var leaves: UInt64 = 0
    var overflowPages: UInt64 = 0
    var entries: UInt64 = 0
}

extension StructureCheck {
    /// Checks all pages of a tree and of the trees in its leaves.
    mutating func checkTree(_ tree: TreeRecord, _ content: TreeContent, _ name: String) throws(LMDBError) {
        let before = problems.count
        guard content.allows(tree.flags) else {
            return add(nil, "\(name): a tree with the flags \(tree.flags) cannot be here")
        }
        var counts = TreeCounts()
        if tree.depth > 0, tree.root != PageLayout.Tree.noRoot {
            guard tree.depth <= PageLayout.maximumDepth else {
                return add(nil, "\(name): the tree has \(tree.depth) levels; the limit is \(PageLayout.maximumDepth)")
            }
            let checked = CheckedTree(tree: tree, content: content, name: name)
            try visit(tree.root, level: 1, checked, low: nil, high: nil, &counts)
        } else if tree.depth > 0 || tree.root != PageLayout.Tree.noRoot {
            return add(nil, "\(name): a tree of \(tree.depth) levels cannot have page \(tree.root) as its root")
        }
        // The counts of a damaged page are unknown.
        guard problems.count == before else { return }
        for (what, found, stored) in [
            ("branch pages", counts.branches, tree.branches), ("leaf pages", counts.leaves, tree.leaves),
            ("overflow pages", counts.overflowPages, tree.overflowPages), ("entries", counts.entries, tree.entries),
        ] where found != stored {
            add(nil, "\(name): the tree has \(found) \(what), but its record says \(stored)")
        }
    }

    /// The tree that is being checked.
    struct CheckedTree {
        let tree: TreeRecord
        let content: TreeContent
        let name: String
    }

    /// Checks a page and the pages below it.
    ///
    /// - Parameters:
    ///   - low: the smallest key that the page can have; nil when there is no limit.
    ///   - high: the key that is greater than every key of the page; nil when there is no limit.
    private mutating func visit(
        _ number: UInt64, level: Int, _ checked: CheckedTree, low: RawSpan?, high: RawSpan?, _ counts: inout TreeCounts
    ) throws(LMDBError) {
        guard !isFinished, claim(number, for: checked.name), let bytes = try read(number, for: checked.name) else {
            return
        }
        let page = Page(bytes.span.bytes)
        let isBranch = level < checked.tree.depth
        guard page.flags == checked.flags(isBranch: isBranch) else {
            return add(
                number,
                "\(checked.name): a page with the flags \(page.flags) cannot be at level \(level) of \(checked.tree.depth)"
            )
        }
        if isBranch { counts.branches += 1 } else { counts.leaves += 1 }
        if let problem = page.problem(isBranch: isBranch)
            ?? checked.problem(ofKeysOn: page, isBranch: isBranch, low: low, high: high)
        {
            return add(number, "\(checked.name): \(problem)")
        }
        guard isBranch else { return try visitLeaf(page, checked, &counts) }
        for index in 0..<page.count {
            let above = index > 0 ? page.key(index, isBranch: true) : low
            let next = index + 1 < page.count ? page.key(index + 1, isBranch: true) : high
            guard let child = page.node(index, isBranch: true)?.child else { continue }
            try visit(child, level: level + 1, checked, low: above, high: next, &counts)
        }
    }

    private mutating func visitLeaf(_ page: Page, _ checked: CheckedTree, _ counts: inout TreeCounts) throws(LMDBError)
    {
        guard !page.isEqualSized else {
            counts.entries += UInt64(page.count)
            return
        }
        for index in 0..<page.count {
            guard !isFinished, let node = page.node(index, isBranch: false) else { return }
            try visitValue(node, on: page.number, checked, &counts)
        }
    }
}

extension StructureCheck.CheckedTree {
    fileprivate func flags(isBranch: Bool) -> UInt16 {
        if isBranch { return PageLayout.Kind.branch }
        if case .values(isEqualSized: true, _) = content { return PageLayout.Kind.leaf | PageLayout.Kind.equalSized }
        return PageLayout.Kind.leaf
    }

    /// The problem with the sizes or the order of the keys of a page; nil when there is none.
    func problem(ofKeysOn page: Page, isBranch: Bool, low: RawSpan?, high: RawSpan?) -> String? {
        var isFirst = true
        var previous = RawSpan()
        // LMDB does not read the first key of a branch.
        for index in (isBranch ? 1 : 0)..<page.count {
            guard let key = page.key(index, isBranch: isBranch) else { return "an entry is not inside the page" }
            if let problem = tree.problem(ofKeySize: key.byteCount) { return problem }
            if !isFirst, !tree.isOrdered(previous, before: key) { return "the keys are not in order" }
            if isFirst, let low, tree.isOrdered(key, before: low) {
                return "a key is less than the separator before its page"
            }
            (previous, isFirst) = (key, false)
        }
        if !isFirst, let high, !tree.isOrdered(previous, before: high) {
            return "a key is not less than the separator after its page"
        }
        return nil
    }
}

extension StructureCheck {
    /// Checks the value of a node in a leaf.
    mutating func visitValue(
        _ node: Node, on page: UInt64, _ checked: CheckedTree, _ counts: inout TreeCounts
    ) throws(LMDBError) {
        typealias Flags = PageLayout.Node
        let isMany = checked.tree.flags & PageLayout.Tree.duplicates != 0
        switch (checked.content, node.flags) {
        case (.databases, Flags.tree):
            guard node.valueSize == PageLayout.treeSize else { break }
            counts.entries += 1
            return try checkTree(TreeRecord(node.value), .entries, "database \(Self.name(node.key))")
        case (.freePages, 0):
            counts.entries += 1
            return visitFreePages(node.value, of: node.key.load(0), on: page)
        case (.freePages, Flags.overflow):
            counts.entries += 1
            guard let value = try visitOverflow(node, checked.name, &counts, isRead: true) else { return }
            return visitFreePages(value.span.bytes, of: node.key.load(0), on: page)
        case (.databases, 0), (.entries, 0), (.values(isEqualSized: false, _), 0):
            counts.entries += 1
            return
        case (.entries, Flags.overflow) where !isMany:
            counts.entries += 1
            _ = try visitOverflow(node, checked.name, &counts, isRead: false)
            return
        case (.entries, Flags.values | Flags.tree) where isMany:
            guard node.valueSize == PageLayout.treeSize else { break }
            let tree = TreeRecord(node.value)
            counts.entries += tree.entries
            return try checkTree(tree, checked.valuesOfKey, "\(checked.name), values of \(Self.name(node.key))")
        case (.entries, Flags.values) where isMany:
            if let problem = checked.problem(ofInnerPage: node.value, &counts) {
                add(page, "\(checked.name): \(problem)")
            }
            return
        default: break
        }
        add(page, "\(checked.name): an entry with the flags \(node.flags) and \(node.valueSize) bytes cannot be here")
    }

    /// Checks the consecutive pages of a value that is larger than a page; the first page has their number.
    ///
    /// - Returns: the value when `isRead`, else an empty array; nil when there is a problem.
    private mutating func visitOverflow(
        _ node: Node, _ name: String, _ counts: inout TreeCounts, isRead: Bool
    ) throws(LMDBError) -> [UInt8]? {
        let first: UInt64 = node.value.load(0)
        guard claim(first, for: name), let bytes = try read(first, for: name) else { return nil }
        let page = Page(bytes.span.bytes)
        let needed = UInt64((PageLayout.header + node.valueSize - 1) / meta.pageSize + 1)
        guard page.flags == PageLayout.Kind.overflow, page.pages >= needed else {
            add(
                first,
                "\(name): a value of \(node.valueSize) bytes cannot be in \(page.pages) pages with the flags \(page.flags)"
            )
            return nil
        }
        guard page.pages == 1 || claim(first + 1, count: page.pages - 1, for: name) else { return nil }
        counts.overflowPages += page.pages
        let start = first * UInt64(meta.pageSize) + UInt64(PageLayout.header)
        guard start + UInt64(node.valueSize) <= file.size else {
            add(first, "\(name): the file ends before the end of a value")
            return nil
        }
        return isRead ? try file.read(at: start, count: node.valueSize) : []
    }

    /// Checks a list of free pages: their count, then their numbers, the greatest first. A reserved list has the count 0
    /// and any size.
    private mutating func visitFreePages(_ value: RawSpan, of transaction: UInt64, on page: UInt64) {
        guard transaction <= meta.transaction, transaction > 0 else {
            return add(
                page, "the free pages: transaction \(transaction) is not between 1 and the newest, \(meta.transaction)")
        }
        guard value.byteCount >= 8, value.byteCount % 8 == 0 else {
            return add(page, "the free pages: a list has \(value.byteCount) bytes")
        }
        let count: UInt64 = value.load(0)
        guard count == 0 || count == UInt64(value.byteCount / 8 - 1) else {
            return add(page, "the free pages: a list of \(count) pages has \(value.byteCount) bytes")
        }
        var previous = UInt64.max
        for index in 0..<Int(count) {
            let free: UInt64 = value.load(8 + 8 * index)
            guard free < previous else { return add(page, "the free pages: a list is not in order") }
            guard claim(free, for: "the free pages") else { return }
            previous = free
        }
    }

    private static func name(_ key: RawSpan) -> String {
        key.withUnsafeBytes { String(decoding: $0.prefix(64), as: UTF8.self) }
    }
}

extension StructureCheck.CheckedTree {
    /// The content of the tree that has the values of one key.
    fileprivate var valuesOfKey: TreeContent {
        .values(
            isEqualSized: tree.flags & PageLayout.Tree.equalSized != 0,
            isInteger: tree.flags & PageLayout.Tree.integerDuplicates != 0)
    }

    /// The problem with a small page of values inside a page; nil when there is none.
    fileprivate func problem(ofInnerPage bytes: RawSpan, _ counts: inout TreeCounts) -> String? {
        guard bytes.byteCount > PageLayout.header else { return "a page of values has only \(bytes.byteCount) bytes" }
        let page = Page(bytes)
        let isEqualSized = tree.flags & PageLayout.Tree.equalSized != 0
        let kind = PageLayout.Kind.leaf | PageLayout.Kind.inner | (isEqualSized ? PageLayout.Kind.equalSized : 0)
        guard page.flags & ~PageLayout.Kind.dirty == kind else {
            return "a page of values cannot have the flags \(page.flags)"
        }
        if let problem = page.problem(isBranch: false) { return problem }
        let isInteger = tree.flags & PageLayout.Tree.integerDuplicates != 0
        let order = StructureCheck.CheckedTree(
            tree: TreeRecord(orderedAsIntegers: isInteger), content: valuesOfKey, name: name)
        counts.entries += UInt64(page.count)
        return order.problem(ofKeysOn: page, isBranch: false, low: nil, high: nil)
    }
}
