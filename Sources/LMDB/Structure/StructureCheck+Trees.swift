/// What the leaves of a tree hold.
enum TreeContent {
    /// Under each name the tree of a database.
    case databases
    /// Under the transaction that freed them, page numbers.
    case freePages
    /// Values under keys, or many under each key.
    case entries
    /// The values of one key, as keys.
    case values(isEqualSized: Bool, isInteger: Bool)

    /// Whether a tree may have these flags.
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

/// What was found in a tree so far.
struct TreeCounts {
    var branches: UInt64 = 0
    var leaves: UInt64 = 0
    var overflowPages: UInt64 = 0
    var entries: UInt64 = 0
}

extension StructureCheck {
    /// Checks a tree and everything below it.
    mutating func walk(_ tree: TreeRecord, _ content: TreeContent, _ name: String) throws(LMDBError) {
        let before = problems.count
        guard content.allows(tree.flags) else {
            return add(nil, "\(name): a tree with the flags \(tree.flags) cannot be here")
        }
        var counts = TreeCounts()
        if tree.depth > 0, tree.root != PageLayout.Tree.noRoot {
            guard tree.depth <= PageLayout.maximumDepth else {
                return add(nil, "\(name): a tree of \(tree.depth) levels is deeper than LMDB goes")
            }
            let walk = TreeWalk(tree: tree, content: content, name: name)
            try visit(tree.root, level: 1, walk, low: nil, high: nil, &counts)
        } else if tree.depth > 0 || tree.root != PageLayout.Tree.noRoot {
            return add(nil, "\(name): a tree of \(tree.depth) levels cannot have page \(tree.root) as its root")
        }
        // What a damaged page would have counted is unknown.
        guard problems.count == before else { return }
        for (what, found, said) in [
            ("branch pages", counts.branches, tree.branches), ("leaf pages", counts.leaves, tree.leaves),
            ("overflow pages", counts.overflowPages, tree.overflowPages), ("entries", counts.entries, tree.entries),
        ] where found != said {
            add(nil, "\(name): there are \(found) \(what), and \(said) are counted")
        }
    }

    /// The tree that is being walked.
    struct TreeWalk {
        let tree: TreeRecord
        let content: TreeContent
        let name: String
    }

    /// - Parameters:
    ///   - low: no key on the page is less; nil where there is no bound.
    ///   - high: every key on the page is less; nil where there is no bound.
    private mutating func visit(
        _ number: UInt64, level: Int, _ walk: TreeWalk, low: RawSpan?, high: RawSpan?, _ counts: inout TreeCounts
    ) throws(LMDBError) {
        guard !isOver, claim(number, for: walk.name), let bytes = try read(number, for: walk.name) else { return }
        let page = Page(bytes.span.bytes)
        let isBranch = level < walk.tree.depth
        guard page.flags == walk.flags(isBranch: isBranch) else {
            return add(
                number,
                "\(walk.name): a page with the flags \(page.flags) cannot be at level \(level) of \(walk.tree.depth)")
        }
        if isBranch { counts.branches += 1 } else { counts.leaves += 1 }
        if let problem = page.problem(isBranch: isBranch)
            ?? walk.problem(ofKeysOn: page, isBranch: isBranch, low: low, high: high)
        {
            return add(number, "\(walk.name): \(problem)")
        }
        guard isBranch else { return try visitLeaf(page, walk, &counts) }
        for index in 0..<page.count {
            let above = index > 0 ? page.key(index, isBranch: true) : low
            let next = index + 1 < page.count ? page.key(index + 1, isBranch: true) : high
            guard let child = page.node(index, isBranch: true)?.child else { continue }
            try visit(child, level: level + 1, walk, low: above, high: next, &counts)
        }
    }

    private mutating func visitLeaf(_ page: Page, _ walk: TreeWalk, _ counts: inout TreeCounts) throws(LMDBError) {
        guard !page.isEqualSized else {
            counts.entries += UInt64(page.count)
            return
        }
        for index in 0..<page.count {
            guard !isOver, let node = page.node(index, isBranch: false) else { return }
            try visitValue(node, on: page.number, walk, &counts)
        }
    }
}

extension StructureCheck.TreeWalk {
    fileprivate func flags(isBranch: Bool) -> UInt16 {
        if isBranch { return PageLayout.Kind.branch }
        if case .values(isEqualSized: true, _) = content { return PageLayout.Kind.leaf | PageLayout.Kind.equalSized }
        return PageLayout.Kind.leaf
    }

    /// What is wrong with the sizes and the order of keys, if anything.
    func problem(ofKeysOn page: Page, isBranch: Bool, low: RawSpan?, high: RawSpan?) -> String? {
        var isFirst = true
        var previous = RawSpan()
        // The first key of a branch is not read.
        for index in (isBranch ? 1 : 0)..<page.count {
            guard let key = page.key(index, isBranch: isBranch) else { return "an entry does not fit the page" }
            if let problem = tree.problem(ofKeySize: key.byteCount) { return problem }
            if !isFirst, !tree.isOrdered(previous, before: key) { return "the keys are not in order" }
            if isFirst, let low, tree.isOrdered(key, before: low) {
                return "a key is less than the one that leads to its page"
            }
            (previous, isFirst) = (key, false)
        }
        if !isFirst, let high, !tree.isOrdered(previous, before: high) {
            return "a key is not less than the one that leads past its page"
        }
        return nil
    }
}

extension StructureCheck {
    /// Checks what a leaf has under a key.
    mutating func visitValue(
        _ node: Node, on page: UInt64, _ walk: TreeWalk, _ counts: inout TreeCounts
    ) throws(LMDBError) {
        typealias Flags = PageLayout.Node
        let isMany = walk.tree.flags & PageLayout.Tree.duplicates != 0
        switch (walk.content, node.flags) {
        case (.databases, Flags.tree):
            guard node.valueSize == PageLayout.treeSize else { break }
            counts.entries += 1
            return try self.walk(TreeRecord(node.value), .entries, "database \(Self.name(node.key))")
        case (.freePages, 0):
            counts.entries += 1
            return visitFreePages(node.value, of: node.key.load(0), on: page)
        case (.freePages, Flags.overflow):
            counts.entries += 1
            guard let value = try visitOverflow(node, walk.name, &counts, isRead: true) else { return }
            return visitFreePages(value.span.bytes, of: node.key.load(0), on: page)
        case (.entries, 0), (.values(isEqualSized: false, _), 0):
            counts.entries += 1
            return
        case (.entries, Flags.overflow) where !isMany:
            counts.entries += 1
            _ = try visitOverflow(node, walk.name, &counts, isRead: false)
            return
        case (.entries, Flags.values | Flags.tree) where isMany:
            guard node.valueSize == PageLayout.treeSize else { break }
            let tree = TreeRecord(node.value)
            counts.entries += tree.entries
            return try self.walk(tree, walk.valuesOfKey, "\(walk.name), values of \(Self.name(node.key))")
        case (.entries, Flags.values) where isMany:
            if let problem = walk.problem(ofInnerPage: node.value, &counts) { add(page, "\(walk.name): \(problem)") }
            return
        default: break
        }
        add(page, "\(walk.name): an entry with the flags \(node.flags) and \(node.valueSize) bytes cannot be here")
    }

    /// Pages in a row, of which the first says how many: for a value larger than a page.
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
            add(first, "\(name): the file was cut before the end of a value")
            return nil
        }
        return isRead ? try file.read(at: start, count: node.valueSize) : []
    }

    /// A count and as many page numbers, the greatest first; a spare entry has none and any size.
    private mutating func visitFreePages(_ value: RawSpan, of transaction: UInt64, on page: UInt64) {
        guard transaction <= meta.transaction, transaction > 0 else {
            return add(page, "the free pages: there was no transaction \(transaction) yet")
        }
        guard value.byteCount >= 8, value.byteCount % 8 == 0 else {
            return add(page, "the free pages: a list has \(value.byteCount) bytes")
        }
        let count: UInt64 = value.load(0)
        guard count == 0 || count == UInt64(value.byteCount / 8 - 1) else {
            return add(page, "the free pages: a list of \(count) has \(value.byteCount) bytes")
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

extension StructureCheck.TreeWalk {
    /// What a key's values are, as a tree of their own.
    fileprivate var valuesOfKey: TreeContent {
        .values(
            isEqualSized: tree.flags & PageLayout.Tree.equalSized != 0,
            isInteger: tree.flags & PageLayout.Tree.integerDuplicates != 0)
    }

    /// What is wrong with a page of values inside a page, if anything.
    fileprivate func problem(ofInnerPage bytes: RawSpan, _ counts: inout TreeCounts) -> String? {
        guard bytes.byteCount > PageLayout.header else { return "a page of values has \(bytes.byteCount) bytes" }
        let page = Page(bytes)
        let isEqualSized = tree.flags & PageLayout.Tree.equalSized != 0
        let kind = PageLayout.Kind.leaf | PageLayout.Kind.inner | (isEqualSized ? PageLayout.Kind.equalSized : 0)
        guard page.flags & ~PageLayout.Kind.dirty == kind else {
            return "a page of values cannot have the flags \(page.flags)"
        }
        if let problem = page.problem(isBranch: false) { return problem }
        let isInteger = tree.flags & PageLayout.Tree.integerDuplicates != 0
        let order = StructureCheck.TreeWalk(
            tree: TreeRecord(orderedAsIntegers: isInteger), content: valuesOfKey, name: name)
        counts.entries += UInt64(page.count)
        return order.problem(ofKeysOn: page, isBranch: false, low: nil, high: nil)
    }
}
