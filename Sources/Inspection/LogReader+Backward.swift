package import EventLog

extension LogReader {
    /// Visits the offsets of selected events from the newest to the oldest.
    ///
    /// Keeps offsets only, and a bounded number of them, however large the events are. What is damaged is told
    /// when its turn comes.
    ///
    /// - Parameters:
    ///   - after: the last offset left out.
    ///   - end: the last offset that may be visited.
    ///   - visit: false ends the search.
    package func visitBackward(after: Offset = .start, end: Offset = .end, _ visit: (Offset) throws -> Bool) throws {
        let lowest = max(after, log.first.previous)
        var last = min(end, log.head)
        // Blocks are read forward; they widen, so that a rare match is found soon.
        var width: UInt64 = 256
        while last > lowest {
            let start = Offset(last.rawValue - min(width, last.rawValue - lowest.rawValue))
            for place in try places(after: start, through: last).reversed() {
                if place.isDamaged {
                    damage.add(place.offset)
                } else if try !visit(place.offset) {
                    return
                }
            }
            last = start
            width = min(width * 4, 1 << 16)
        }
    }

    private struct Place {
        let offset: Offset
        let isDamaged: Bool
    }

    private func places(after start: Offset, through last: Offset) throws(ReadError) -> [Place] {
        var places: [Place] = []
        var damaged: [Offset] = []
        var reached = start
        while reached < last {
            reached = try scan(after: reached, through: last, damaged: { damaged.append($0) }) { view in
                places.append(Place(offset: view.offset, isDamaged: false))
                return true
            }
            // All that was visited before lies before it.
            places += damaged.map { Place(offset: $0, isDamaged: true) }
            damaged = []
        }
        return places
    }
}
