/// A node of a `SortedTree`: a leaf has elements, an inner node has children and the bounds between them.
///
/// A node may be changed only by a tree that alone refers to the node and to all nodes above it; every change goes through
/// `makeUnique`, which copies a shared node. So a node that two trees share is never changed, which makes it `Sendable`.
final class TreeNode<Element: TreeElement>: @unchecked Sendable {
    /// A leaf: the elements. An inner node: between each two children a bound, which is greater than all elements before it,
    /// and not greater than those after it. Memory for `maximum` of them.
    private let elements: UnsafeMutablePointer<Element>
    /// Memory for `maximum` children and one more before a split; nil for a leaf.
    private let children: UnsafeMutablePointer<TreeNode>?
    /// The number of elements of a leaf, or of children.
    @exclusivity(unchecked) private var size: Int
    /// The number of elements below the node.
    @exclusivity(unchecked) private(set) var count: Int

    /// The most elements of a leaf, and the most children of an inner node.
    static var maximum: Int { 64 }
    /// A smaller node is joined with a neighbour.
    private static var minimum: Int { maximum / 4 }

    /// A leaf.
    init(elements source: some Collection<Element>) {
        elements = .allocate(capacity: Self.maximum)
        children = nil
        (size, count) = (source.count, source.count)
        _ = UnsafeMutableBufferPointer(start: elements, count: size).initialize(fromContentsOf: source)
    }

    /// An inner node.
    private init(bounds: some Collection<Element>, children source: some Collection<TreeNode>) {
        elements = .allocate(capacity: Self.maximum)
        let children = UnsafeMutablePointer<TreeNode>.allocate(capacity: Self.maximum + 1)
        _ = UnsafeMutableBufferPointer(start: elements, count: bounds.count).initialize(fromContentsOf: bounds)
        _ = UnsafeMutableBufferPointer(start: children, count: source.count).initialize(fromContentsOf: source)
        (self.children, size) = (children, source.count)
        count = source.reduce(0) { $0 + $1.count }
    }

    private init(copying node: TreeNode) {
        elements = .allocate(capacity: Self.maximum)
        elements.initialize(from: node.elements, count: node.elementCount)
        (size, count) = (node.size, node.count)
        guard let source = node.children else {
            children = nil
            return
        }
        let children = UnsafeMutablePointer<TreeNode>.allocate(capacity: Self.maximum + 1)
        children.initialize(from: source, count: node.size)
        self.children = children
    }

    /// A new root.
    convenience init(_ left: TreeNode, _ right: TreeNode) {
        self.init(bounds: CollectionOfOne(right.first), children: [left, right])
    }

    deinit {
        elements.deinitialize(count: elementCount)
        elements.deallocate()
        guard let children else { return }
        children.deinitialize(count: size)
        children.deallocate()
    }

    private var elementCount: Int { children == nil ? size : max(0, size - 1) }

    private var elementBuffer: UnsafeMutableBufferPointer<Element> {
        UnsafeMutableBufferPointer(start: elements, count: elementCount)
    }

    private var childBuffer: UnsafeMutableBufferPointer<TreeNode> {
        UnsafeMutableBufferPointer(start: children, count: children == nil ? 0 : size)
    }

    /// Copies the node if another tree shares it.
    @inline(__always)
    private static func makeUnique(_ node: inout TreeNode) {
        if !isKnownUniquelyReferenced(&node) { node = TreeNode(copying: node) }
    }
}

extension TreeNode {
    static func tree(ascending elements: some Sequence<Element>) -> TreeNode? {
        var nodes: [TreeNode] = []
        var leaf = ContiguousArray<Element>()
        leaf.reserveCapacity(maximum)
        for element in elements {
            if leaf.count == maximum {
                nodes.append(TreeNode(elements: leaf))
                leaf.removeAll(keepingCapacity: true)
            }
            leaf.append(element)
        }
        if !leaf.isEmpty { nodes.append(TreeNode(elements: leaf)) }
        while nodes.count > 1 { nodes = parents(of: nodes) }
        return nodes.first
    }

    private static func parents(of nodes: [TreeNode]) -> [TreeNode] {
        // Spread evenly, so that no parent has a single child.
        let groups = (nodes.count + maximum - 1) / maximum
        return (0..<groups).map { group in
            let children = nodes[group * nodes.count / groups..<(group + 1) * nodes.count / groups]
            return TreeNode(bounds: children.dropFirst().map(\.first), children: children)
        }
    }
}

extension TreeNode {
    var first: Element {
        var node = self
        while let children = node.children { node = children[0] }
        return node.elements[0]
    }

    var last: Element {
        var node = self
        while let children = node.children { node = children[node.size - 1] }
        return node.elements[node.size - 1]
    }

    /// The number of elements of this node alone that are less than `element`, and whether the next one is equal.
    @inline(__always)
    private func search(_ element: UnsafePointer<Element>) -> (position: Int, isFound: Bool) {
        var (low, high) = (0, elementCount)
        while low < high {
            let middle = (low + high) / 2
            let order = Element.compare(elements + middle, element)
            if order == 0 { return (middle, true) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }

    /// The child that has the element, if any child has.
    @inline(__always)
    private func child(with element: UnsafePointer<Element>) -> Int {
        var (low, high) = (0, elementCount)
        while low < high {
            let middle = (low + high) / 2
            if Element.compare(elements + middle, element) > 0 { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The leaf that has the element, if any has. The tree keeps the leaf: counting references on the way down would cost
    /// more than the search.
    @inline(__always)
    private func leaf(with element: UnsafePointer<Element>) -> Unmanaged<TreeNode> {
        var node = Unmanaged.passUnretained(self)
        while true {
            let child = node._withUnsafeGuaranteedRef { node -> Unmanaged<TreeNode>? in
                guard let children = node.children else { return nil }
                return Unmanaged.passUnretained(children[node.child(with: element)])
            }
            guard let child else { return node }
            node = child
        }
    }

    func find(_ element: UnsafePointer<Element>) -> Element? {
        leaf(with: element)._withUnsafeGuaranteedRef { leaf in
            let (position, isFound) = leaf.search(element)
            return isFound ? leaf.elements[position] : nil
        }
    }

    func rank(of element: UnsafePointer<Element>) -> Int {
        var (node, rank) = (self, 0)
        while let children = node.children {
            let child = node.child(with: element)
            for earlier in 0..<child { rank += children[earlier].count }
            node = children[child]
        }
        return rank + node.search(element).position
    }

    func element(at rank: Int) -> Element {
        var (node, rest) = (self, rank)
        descend: while node.children != nil {
            for child in node.childBuffer {
                if rest < child.count {
                    node = child
                    continue descend
                }
                rest -= child.count
            }
        }
        return node.elements[rest]
    }

    /// - Returns: false when `body` did.
    func visit(from rank: Int, _ body: (Element) -> Bool) -> Bool {
        guard children != nil else { return elementBuffer.dropFirst(rank).allSatisfy(body) }
        var rank = rank
        for child in childBuffer {
            if rank < child.count {
                guard child.visit(from: rank, body) else { return false }
            }
            rank = max(0, rank - child.count)
        }
        return true
    }

    /// - Returns: false when `body` did.
    func visitBackward(before rank: Int, _ body: (Element) -> Bool) -> Bool {
        guard children != nil else { return elementBuffer.prefix(rank).reversed().allSatisfy(body) }
        var start = count
        for child in childBuffer.reversed() {
            start -= child.count
            if rank > start {
                guard child.visitBackward(before: min(rank - start, child.count), body) else { return false }
            }
        }
        return true
    }
}

extension TreeNode {
    /// Changes the element that is equal to `element`, or inserts one.
    ///
    /// - Parameters:
    ///   - isLast: whether no node of this level follows.
    ///   - body: gets the stored element, or returns one to insert.
    /// - Returns: whether an element was inserted; and the node that follows this one, when this one was split.
    static func put(
        _ element: UnsafePointer<Element>, into node: inout TreeNode, isLast: Bool,
        _ body: (UnsafeMutablePointer<Element>?) -> Element?
    ) -> (isInserted: Bool, sibling: TreeNode?) {
        makeUnique(&node)
        guard let children = node.children else { return node.putIntoLeaf(element, isLast: isLast, body) }
        let position = node.child(with: element)
        let isLastChild = isLast && position == node.size - 1
        let (isInserted, sibling) = put(element, into: &children[position], isLast: isLastChild, body)
        if isInserted { node.count += 1 }
        guard let sibling else { return (isInserted, nil) }
        insert(sibling.first, at: position, of: node.elements, count: node.elementCount)
        insert(sibling, at: position + 1, of: children, count: node.size)
        node.size += 1
        guard node.size > maximum else { return (isInserted, nil) }
        return (isInserted, node.splitChildren(keeping: isLastChild ? maximum : node.size / 2))
    }

    @inline(__always)
    private static func insert<Value>(
        _ value: consuming Value, at position: Int, of start: UnsafeMutablePointer<Value>, count: Int
    ) {
        (start + position + 1).moveInitialize(from: start + position, count: count - position)
        (start + position).initialize(to: value)
    }

    @inline(__always)
    private static func remove<Value>(at position: Int, of start: UnsafeMutablePointer<Value>, count: Int) -> Value {
        let value = (start + position).move()
        (start + position).moveInitialize(from: start + position + 1, count: count - position - 1)
        return value
    }

    private func putIntoLeaf(
        _ element: UnsafePointer<Element>, isLast: Bool, _ body: (UnsafeMutablePointer<Element>?) -> Element?
    ) -> (isInserted: Bool, sibling: TreeNode?) {
        let (position, isFound) = search(element)
        if isFound {
            _ = body(elements + position)
            return (false, nil)
        }
        guard let element = body(nil) else { return (false, nil) }
        if size < Self.maximum {
            insertElement(element, at: position)
            return (true, nil)
        }
        // Ascending elements fill the nodes.
        let kept = isLast && position == size ? size : size / 2
        let right = TreeNode(elements: EmptyCollection())
        right.elements.moveInitialize(from: elements + kept, count: size - kept)
        (right.size, right.count) = (size - kept, size - kept)
        (size, count) = (kept, kept)
        if position < kept {
            insertElement(element, at: position)
        } else {
            right.insertElement(element, at: position - kept)
        }
        return (true, right)
    }

    private func insertElement(_ element: consuming Element, at position: Int) {
        Self.insert(element, at: position, of: elements, count: size)
        size += 1
        count += 1
    }

    /// - Returns: the node of the children that were taken away.
    private func splitChildren(keeping kept: Int) -> TreeNode {
        let right = TreeNode(bounds: elementBuffer.dropFirst(kept), children: childBuffer.dropFirst(kept))
        (elements + kept - 1).deinitialize(count: size - kept)
        (childBuffer.baseAddress! + kept).deinitialize(count: size - kept)
        size = kept
        count -= right.count
        return right
    }
}

extension TreeNode {
    /// The tree without nodes that have one child at its top; nil when it has no elements.
    var withoutSingleChild: TreeNode? {
        if count == 0 { return nil }
        var node = self
        while node.size == 1, let children = node.children { node = children[0] }
        return node
    }

    static func remove(_ element: UnsafePointer<Element>, from node: inout TreeNode) -> Element? {
        makeUnique(&node)
        guard let children = node.children else {
            let (position, isFound) = node.search(element)
            guard isFound else { return nil }
            let removed = remove(at: position, of: node.elements, count: node.size)
            node.size -= 1
            node.count -= 1
            return removed
        }
        let position = node.child(with: element)
        guard let removed = remove(element, from: &children[position]) else { return nil }
        node.count -= 1
        if children[position].count == 0 {
            if node.size > 1 { _ = remove(at: max(0, position - 1), of: node.elements, count: node.elementCount) }
            _ = remove(at: position, of: children, count: node.size)
            node.size -= 1
        } else if children[position].size < minimum, node.size > 1 {
            node.joinChildren(max(0, position - 1))
        }
        return removed
    }

    /// Joins a child with the next one, or spreads what they have evenly over both.
    private func joinChildren(_ position: Int) {
        let (left, right) = (childBuffer[position], childBuffer[position + 1])
        var all = ContiguousArray(left.elementBuffer)
        if left.children != nil { all.append(elements[position]) }
        all.append(contentsOf: right.elementBuffer)
        let below = ContiguousArray(left.childBuffer) + ContiguousArray(right.childBuffer)
        let total = left.size + right.size
        let isLeaf = left.children == nil
        guard total > Self.maximum else {
            childBuffer[position] = isLeaf ? TreeNode(elements: all) : TreeNode(bounds: all, children: below)
            _ = Self.remove(at: position, of: elements, count: elementCount)
            _ = Self.remove(at: position + 1, of: childBuffer.baseAddress!, count: size)
            size -= 1
            return
        }
        let kept = total / 2
        elements[position] = isLeaf ? all[kept] : all[kept - 1]
        if isLeaf {
            childBuffer[position] = TreeNode(elements: all[..<kept])
            childBuffer[position + 1] = TreeNode(elements: all[kept...])
        } else {
            childBuffer[position] = TreeNode(bounds: all[..<(kept - 1)], children: below[..<kept])
            childBuffer[position + 1] = TreeNode(bounds: all[kept...], children: below[kept...])
        }
    }
}
