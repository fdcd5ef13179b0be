import EventLog

/// Counts events by a name they carry.
struct NameTally {
    /// How many different names are told apart; a log may have millions of topics.
    static let maximumNames = 100_000

    private let limit: Int
    private var counts: [[UInt8]: Int] = [:]
    private var others = 0
    /// Events of one name often follow each other.
    private var run: (name: [UInt8], count: Int) = ([], 0)

    init(limit: Int = Self.maximumNames) { self.limit = limit }

    mutating func add(_ name: RawSpan, _ count: Int = 1) {
        let isSame = name.withUnsafeBytes { $0.elementsEqual(run.name) }
        if !isSame {
            settle()
            run.name = name.withUnsafeBytes { Array($0) }
        }
        run.count += count
    }

    private mutating func settle() {
        guard run.count > 0 else { return }
        if counts[run.name] != nil || counts.count < limit {
            counts[run.name, default: 0] += run.count
        } else {
            others += run.count
        }
        run.count = 0
    }

    /// The largest number first, the same numbers by name, and the rest at the end.
    var rows: [CountedRow] {
        var tally = self
        tally.settle()
        let rows = tally.counts.map {
            CountedRow(name: $0.key.isEmpty ? nil : String(decoding: $0.key, as: UTF8.self), events: $0.value)
        }
        let sorted = rows.sorted { ($1.events, $0.name ?? "") < ($0.events, $1.name ?? "") }
        return tally.others == 0 ? sorted : sorted + [CountedRow(name: nil, events: tally.others, isRest: true)]
    }
}
