package import EventLog

/// The records that a reader came across and that are none: it leaves them out, and someone is told.
package final class Damage {
    private let tell: (Offset, _ count: Int) -> Void
    package private(set) var count = 0

    /// - Parameter tell: gets the offset of each, and how many there were with it; by default nobody is told.
    package init(_ tell: @escaping (Offset, _ count: Int) -> Void = { _, _ in }) { self.tell = tell }

    package func add(_ offset: Offset) {
        count += 1
        tell(offset, count)
    }
}
