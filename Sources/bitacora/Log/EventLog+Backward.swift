import EventLog

extension EventLog {
    /// Visits the offsets of matching events from the newest to the oldest.
    ///
    /// Keeps offsets only, and a bounded number of them, however large the events are.
    ///
    /// - Parameters:
    ///   - after: the last offset left out.
    ///   - end: the last offset that may be visited.
    ///   - visit: false ends the search.
    func visitBackward(
        after: Offset = .start, end: Offset = .end, filter: EventFilter, _ visit: (Offset) throws -> Bool
    ) throws {
        let lowest = max(after, first.previous)
        var last = min(end, head)
        // Blocks are read forward; they widen, so that a rare match is found soon.
        var width: UInt64 = 256
        while last > lowest {
            let start = Offset(last.rawValue - min(width, last.rawValue - lowest.rawValue))
            for offset in try offsets(after: start, through: last, filter).reversed() {
                guard try visit(offset) else { return }
            }
            last = start
            width = min(width * 4, 1 << 16)
        }
    }

    private func offsets(after start: Offset, through last: Offset, _ filter: EventFilter) throws(ReadError) -> [Offset] {
        var offsets: [Offset] = []
        var reached = start
        while reached < last {
            reached = try scan(after: reached, through: last, filter: filter) { view in
                offsets.append(view.offset)
                return true
            }
        }
        return offsets
    }
}
