import EventLog
import Inspection

extension FilterOptions {
    /// Where in `reader`'s log the events are that are asked for.
    ///
    /// - Throws: `Failure` when the log does not have the position of `--after`; `ReadError`.
    func range(in reader: LogReader) throws -> EventRange {
        var range = try rangeOfAll(in: reader)
        guard var missing = last else { return range }
        var beginning = range.after
        try reader.ignoringDamage.visitBackward(after: range.after, end: range.end) { offset in
            missing -= 1
            if missing == 0 { beginning = offset.previous }
            return missing > 0
        }
        range.after = beginning
        return range
    }

    private func rangeOfAll(in reader: LogReader) throws -> EventRange {
        var range = EventRange(after: try after?.offset(in: reader) ?? .start, end: to ?? .end, until: until?.time)
        if let from { range.after = max(range.after, from.previous) }
        if let since = since?.time { range.after = max(range.after, try reader.offset(at: since).previous) }
        // What is no longer kept can be asked for: there is nothing of it.
        range.after = max(range.after, reader.log.first.previous)
        if let until = until?.time {
            let end = try reader.offset(at: until)
            if end <= reader.log.head { range.end = min(range.end, end.previous) }
        }
        return range
    }
}
