import EventLog
import Inspection
import JSON

/// How much happened over the life of a log, in spans of the same length.
struct Activity {
    /// How many spans: as many as a line of 60 columns shows beside their length.
    static let parts = 30

    private let begin: Timestamp
    private let end: Timestamp
    /// Empty when the log is, or all of it happened at once.
    let counts: [Int]

    /// Costs a search for the end of each span.
    init(_ reader: LogReader) throws(ReadError) {
        let (first, head) = (reader.log.first, reader.log.head)
        guard first <= head, let begin = try reader.time(atOrAfter: first), let end = try reader.time(atOrBefore: head),
            begin < end
        else {
            (begin, end, counts) = (Timestamp(microseconds: 0), Timestamp(microseconds: 0), [])
            return
        }
        (self.begin, self.end) = (begin, end)
        var counts: [Int] = []
        var start = first
        for part in 1...Self.parts {
            let next =
                part == Self.parts
                ? head.next : try reader.offset(at: Self.edge(part, begin, end), in: start...head.next)
            counts.append(Int(clamping: next.rawValue - start.rawValue))
            start = next
        }
        self.counts = counts
    }

    /// Where the part of that number begins, from 0 on.
    private static func edge(_ part: Int, _ begin: Timestamp, _ end: Timestamp) -> Timestamp {
        // Doubles tell microseconds apart until the year 2255, and a damaged time makes nothing overflow.
        let (first, last) = (Double(begin.rawValue), Double(end.rawValue))
        return Timestamp(
            microseconds: Int64(max(-9e18, min(9e18, first + (last - first) * Double(part) / Double(parts)))))
    }

    var line: String { Sparkline.line(counts) }

    /// The length of a span.
    var seconds: Double { (Double(end.rawValue) - Double(begin.rawValue)) / 1e6 / Double(Self.parts) }

    var json: JSONValue {
        .array(
            counts.enumerated().map { part, events in
                ["from": .text(Self.edge(part, begin, end)), "events": .integer(events)]
            })
    }
}
