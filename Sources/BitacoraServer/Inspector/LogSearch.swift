import EventLog
import Inspection

/// Finds the events of one page of the inspector: the newest that match, with a limited number of reads.
///
/// The log is read in blocks from the end, each in one short scan. After a block with few matches the next block is
/// wider, so that rare events of an indexed topic are found across the whole log in few scans. A scan that ends early
/// (`EventLog.scan`) limits the width of all later blocks.
///
/// A damaged event might have matched, so it is found as well and shown as damaged.
struct LogSearch: Sendable {
    /// The number of events of a page.
    static let pageSize = 50
    /// The maximum number of events that one request examines. A KiB of searched data counts as one event; it counts as
    /// eight for a text beyond ASCII, because all characters must be read to ignore their case.
    static let effort = 200_000
    /// The maximum number of bytes of data that one scan searches: a read transaction must be short.
    private static let scanBytes = 1 << 20
    /// The maximum number of events that one scan of the log examines.
    private static let scanEvents: UInt64 = 8192

    /// The offsets that were found, the newest first.
    private(set) var offsets: [Offset] = []
    /// The offset at which a search that became too long ended; nil when the search is complete.
    private(set) var searchedTo: Offset?

    private let log: EventLog
    private let filter: LogFilter
    private let selection: EventSelection
    private let effort: Int
    private var spent = 0

    /// Reads by topics, types and ids only. `selection` checks sources and texts, so that the examined data is counted.
    private var reader: LogReader {
        LogReader(log, EventSelection(filter: filter.events, ids: selection.ids), damage: Damage())
    }

    /// Runs a search. This may take a fraction of a second: call it through a `ConcurrencyLimiter`, never on an event
    /// loop.
    ///
    /// - Parameter head: the last offset that the page shows, also when the log grows during the search.
    static func run(
        _ filter: LogFilter, in log: EventLog, head: Offset, effort: Int = effort
    ) throws(ReadError) -> LogSearch {
        var search = LogSearch(log: log, filter: filter, effort: effort)
        var low = max(log.first, filter.from)
        var high = min(head, filter.to)
        if let since = filter.since { low = max(low, try search.reader.offset(at: since)) }
        if let until = filter.until { high = min(high, try search.reader.offset(at: until).previous) }
        if let before = filter.before { high = min(high, before.previous) }
        if let after = filter.after { low = max(low, after == .end ? after : after.next) }
        if filter.id != nil {
            try search.findIDs(low, high)
        } else if filter.after != nil {
            try search.forward(low, high)
        } else {
            try search.backward(low, high)
        }
        return search
    }

    private init(log: EventLog, filter: LogFilter, effort: Int) {
        (self.log, self.filter, self.effort) = (log, filter, effort)
        selection = filter.selection
    }

    /// One scan is enough: the log has an index of ids.
    private mutating func findIDs(_ low: Offset, _ high: Offset) throws(ReadError) {
        guard low <= high else { return }
        offsets = try scan(after: low.previous, through: high).found
    }

    private mutating func backward(_ low: Offset, _ high: Offset) throws(ReadError) {
        guard low <= high else { return }
        var end = high
        var width: UInt64 = 128
        var widest = UInt64.max
        while offsets.count < Self.pageSize, end >= low {
            guard spent < effort else {
                searchedTo = end.next
                return
            }
            let start = Offset(end.rawValue - min(width, end.rawValue - low.previous.rawValue))
            let block = try scan(after: start, through: end)
            if block.reached < end, width > 1 {
                width = max(1, width / 4)
                widest = width
            } else {
                offsets += block.found.suffix(Self.pageSize - offsets.count).reversed()
                end = start
                width = min(width.multipliedReportingOverflow(by: 4).partialValue, widest, 1 << 40)
            }
        }
    }

    private mutating func forward(_ low: Offset, _ high: Offset) throws(ReadError) {
        var reached = low.previous
        var found: [Offset] = []
        while found.count < Self.pageSize, reached < high {
            guard spent < effort else {
                searchedTo = reached
                break
            }
            let block = try scan(after: reached, through: high, limit: Self.pageSize - found.count)
            found += block.found
            reached = block.reached
        }
        offsets = found.reversed()
    }

    /// The offsets of the events that match or are damaged, up to the offset at which the scan ended.
    private mutating func scan(
        after: Offset, through: Offset, limit: Int = .max
    ) throws(ReadError) -> (found: [Offset], reached: Offset) {
        var found: [Offset] = []
        var damaged = 0
        var bytes = 0
        var reached = after
        var isInterrupted: Bool
        repeat {
            isInterrupted = false
            let damage: (Offset) -> Void = { offset in
                found.append(offset)
                isInterrupted = true
            }
            reached = try reader.scan(after: reached, through: through, damaged: damage) { view in
                if let text = filter.text { bytes += view.data.byteCount * (text.readsCharacters ? 8 : 1) }
                if selection.matches(view) { found.append(view.offset) }
                return found.count < limit && bytes < Self.scanBytes
            }
            if isInterrupted { damaged += 1 }
        } while isInterrupted && reached < through && found.count < limit && damaged < Self.pageSize
        // A scan beyond `scanEvents` has used the index, and examined only events of the topics.
        let examined = reached.rawValue - after.rawValue
        spent += max(Int(examined <= Self.scanEvents ? max(examined, 1) : Self.scanEvents / 8), bytes >> 10)
        return (found, reached)
    }
}
