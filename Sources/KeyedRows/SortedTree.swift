/// An ordered set with ranks, whose copies are cheap: copies share the nodes that neither changes.
///
/// A B+ tree: finding, inserting and removing cost O(log count). A tree changes its nodes in place as long as no copy shares
/// them; otherwise a change copies one path of nodes.
package struct SortedTree<Element: TreeElement>: Sendable {
    private var root: TreeNode<Element>?

    package init() {}

    /// Builds a tree of ascending elements in O(count).
    ///
    /// - Precondition: each element is less than the next one.
    package init(ascending elements: some Sequence<Element>) {
        root = TreeNode.tree(ascending: elements)
    }

    package var count: Int { root?.count ?? 0 }

    package var isEmpty: Bool { root == nil }

    package var first: Element? { root?.first }

    package var last: Element? { root?.last }

    /// The stored element that is equal to `element`; nil when there is none.
    package func find(_ element: Element) -> Element? {
        withUnsafePointer(to: element) { element in root?.find(element) }
    }

    /// The least element that is not less than `element`, which need not be in the tree.
    package func firstElement(notBefore element: Element) -> Element? {
        let rank = rank(of: element)
        return rank < count ? self.element(at: rank) : nil
    }

    /// Inserts an element, or replaces the one that is equal.
    ///
    /// - Returns: the replaced element.
    @discardableResult package mutating func insert(_ element: Element) -> Element? {
        var replaced: Element?
        put(element) { stored in
            guard let stored else { return element }
            replaced = stored.pointee
            stored.pointee = element
            return nil
        }
        return replaced
    }

    /// Changes the element that is equal to `element` in place, or inserts one.
    ///
    /// - Parameter body: gets the stored element, which it may replace by an equal one; nil when there is none. It then
    ///   returns the element to insert, which must be equal, or nil to leave the tree as it is.
    @inline(__always)
    mutating func put(_ element: Element, _ body: (UnsafeMutablePointer<Element>?) -> Element?) {
        guard root != nil else {
            if let new = body(nil) { root = TreeNode(elements: CollectionOfOne(new)) }
            return
        }
        let sibling = withUnsafePointer(to: element) { element in
            TreeNode.put(element, into: &root!, isLast: true, body).sibling
        }
        if let sibling { root = TreeNode(root!, sibling) }
    }

    /// Removes the element that is equal.
    ///
    /// - Returns: the removed element.
    @discardableResult package mutating func remove(_ element: Element) -> Element? {
        guard root != nil else { return nil }
        let removed = withUnsafePointer(to: element) { element in TreeNode.remove(element, from: &root!) }
        if removed != nil { root = root!.withoutSingleChild }
        return removed
    }

    /// The number of elements that are less than `element`.
    package func rank(of element: Element) -> Int {
        withUnsafePointer(to: element) { element in root?.rank(of: element) ?? 0 }
    }

    /// The element with a rank.
    ///
    /// - Precondition: the rank is in 0 ..< count.
    package func element(at rank: Int) -> Element {
        guard let root, (0..<root.count).contains(rank) else {
            preconditionFailure("rank \(rank) is not below the number of elements, \(count)")
        }
        return root.element(at: rank)
    }

    /// Visits the elements from a rank on, in order, until `body` returns false.
    package func visit(from rank: Int = 0, _ body: (Element) -> Bool) {
        precondition(rank >= 0, "rank \(rank) is negative")
        _ = root?.visit(from: rank, body)
    }

    /// Visits the elements before a rank, in descending order, until `body` returns false.
    package func visitBackward(before rank: Int, _ body: (Element) -> Bool) {
        precondition(rank >= 0, "rank \(rank) is negative")
        _ = root?.visitBackward(before: min(rank, count), body)
    }
}
