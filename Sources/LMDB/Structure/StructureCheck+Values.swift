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
