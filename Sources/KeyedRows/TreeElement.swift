/// An element of a `SortedTree`.
package protocol TreeElement: Comparable, Sendable {
    /// Less than zero when the first element precedes the second one, zero when they are equal.
    ///
    /// A search compares elements where they are: copying them for `<` counts references to what they refer to, which costs
    /// more than the comparison.
    static func compare(_ left: UnsafePointer<Self>, _ right: UnsafePointer<Self>) -> Int
}

extension TreeElement {
    package static func compare(_ left: UnsafePointer<Self>, _ right: UnsafePointer<Self>) -> Int {
        left.pointee < right.pointee ? -1 : left.pointee == right.pointee ? 0 : 1
    }
}
