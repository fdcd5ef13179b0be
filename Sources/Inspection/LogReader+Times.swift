package import EventLog

/// Times and places. What is damaged has no time: the event beside it stands in.
extension LogReader {
    /// When the event at `offset` was appended; nil when it is damaged, which is told, or there is none.
    package func time(at offset: Offset) throws(ReadError) -> Timestamp? {
        var time: Timestamp?
        do throws(ReadError) {
            try log.visit(offset) { time = $0.time }
        } catch .damaged(let offset) {
            damage.add(offset)
        }
        return time
    }

    /// When the event at `offset` was appended, or the next one that can be read; nil when there is none.
    package func time(atOrAfter offset: Offset) throws(ReadError) -> Timestamp? {
        var time: Timestamp?
        var reached = max(offset, log.first).previous
        let head = log.head
        while time == nil, reached < head {
            do throws(ReadError) {
                reached = try log.scan(after: reached, through: head) { view in
                    time = view.time
                    return false
                }
            } catch .damaged(let offset) {
                reached = offset
            } catch .gone(let first) {
                // Trimmed meanwhile.
                reached = first.previous
            }
        }
        return time
    }

    /// When the event at `offset` was appended, or the last one before it that can be read; nil when there is none.
    package func time(atOrBefore offset: Offset) throws(ReadError) -> Timestamp? {
        var place = min(offset, log.head)
        while place >= log.first {
            if let time = try quietly.time(at: place) { return time }
            place = place.previous
        }
        return nil
    }

    /// The first event at or after `time`; the one after the head when all are before it.
    ///
    /// A binary search, as times never go back; a damaged event counts as one of the time of the next.
    package func offset(at time: Timestamp) throws(ReadError) -> Offset {
        let first = log.first
        return try offset(at: time, in: first...max(first, log.head.next))
    }

    /// The same within a part of the log: the first and the one after the last.
    package func offset(at time: Timestamp, in range: ClosedRange<Offset>) throws(ReadError) -> Offset {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = Offset(low.rawValue + (high.rawValue - low.rawValue) / 2)
            if let found = try self.time(atOrAfter: middle), found < time { low = middle.next } else { high = middle }
        }
        return low
    }

    /// The last event that had happened at `time`; the one before the first when none had.
    package func offset(asOf time: Timestamp) throws(ReadError) -> Offset {
        guard time.rawValue < .max else { return log.head }
        return try offset(at: Timestamp(microseconds: time.rawValue + 1)).previous
    }
}
