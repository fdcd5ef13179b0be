import Inspection

/// A chart of horizontal bars; each row has name, number, share and bar.
struct BarChart {
    /// The width of the longest bar in output that is not a terminal.
    private static let plainWidth = 40
    /// The least width for bars when the names are long.
    private static let minimumWidth = 8
    /// Bars of zero to seven eighths of a column.
    private static let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    private let title: String
    private let rows: [EventCount]

    /// - Parameter title: the title of the column of names.
    init(title: String, _ rows: [EventCount]) {
        self.title = title
        self.rows = rows
    }

    /// The chart as text; empty when there are no rows.
    func text(for terminal: Terminal) -> String {
        guard !rows.isEmpty else { return "" }
        let total = rows.reduce(0) { $0 + $1.events }
        let numbers = rows.map { Amount.grouped($0.events) }
        let names = rows.map(\.label)
        let nameWidth = max(title.count, names.map(DisplayText.width).max() ?? 0)
        let numberWidth = max("EVENTS".count, numbers.map(\.count).max() ?? 0)
        let shares = rows.map { Amount.share($0.events, of: total) }
        let shareWidth = max("SHARE".count, shares.map(\.count).max() ?? 0)
        // Columns are separated by two spaces.
        let taken = 2 + numberWidth + 2 + shareWidth + 2
        let shownNames = terminal.width.map { max(1, min(nameWidth, $0 - taken - Self.minimumWidth)) } ?? nameWidth
        let barWidth = terminal.width.map { max(0, $0 - shownNames - taken) } ?? Self.plainWidth
        let longest = rows.map(\.events).max() ?? 0
        var table = Table(
            [
                .init(title: title, minimum: 1, colour: .cyan),
                .init(title: "EVENTS", alignment: .right, colour: .bold),
                .init(title: "SHARE", alignment: .right), .init(title: "", colour: .green),
            ], terminal: terminal)
        let lines = table.lines(
            rows.indices.map { row in
                [
                    DisplayText.cut(names[row], to: shownNames), numbers[row], shares[row],
                    Self.bar(rows[row].events, of: longest, width: barWidth),
                ]
            })
        return lines.map { $0 + "\n" }.joined()
    }

    /// A bar of `width` columns for the value `longest`; never empty for a value above 0.
    static func bar(_ value: Int, of longest: Int, width: Int) -> String {
        guard value > 0, longest > 0, width > 0 else { return "" }
        let eighths = max(1, Int((Double(value) / Double(longest) * Double(width) * 8).rounded()))
        return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
    }
}

/// The number of events of one name or span.
struct EventCount: Equatable {
    /// Nil for events without a name, and for the events of all other names.
    let name: String?
    let events: Int
    /// Whether these are the events of all names without a row of their own.
    var isRest = false

    /// The name for people.
    var label: String { name.map { ShownText.escaped($0) } ?? (isRest ? "(others)" : "(none)") }
}

/// A chart of numbers on one line: `▁▂▅█▃ ▁`.
enum Sparkline {
    private static let heights = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// One character for each value; a space for 0.
    static func line(_ values: [Int]) -> String {
        let highest = values.max() ?? 0
        return values.map { value in
            value <= 0 ? " " : heights[min(heights.count - 1, value * heights.count / max(highest, 1))]
        }.joined()
    }
}
