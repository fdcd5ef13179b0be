import Inspection

/// Numbers as horizontal bars, one a row: name, number, share, bar.
struct BarChart {
    /// The widest bar where there is no terminal to fit into.
    private static let plainWidth = 40
    /// What is left to a bar when the names are long.
    private static let minimumWidth = 8
    /// Eighths of a column.
    private static let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    private let title: String
    private let rows: [EventCount]

    /// - Parameter title: of the column of names.
    init(title: String, _ rows: [EventCount]) {
        self.title = title
        self.rows = rows
    }

    /// The table, nothing when there are no rows.
    func text(for terminal: Terminal) -> String {
        guard !rows.isEmpty else { return "" }
        let total = rows.reduce(0) { $0 + $1.events }
        let numbers = rows.map { Amount.grouped($0.events) }
        let names = rows.map(\.label)
        let nameWidth = max(title.count, names.map(DisplayText.width).max() ?? 0)
        let numberWidth = max("EVENTS".count, numbers.map(\.count).max() ?? 0)
        let shares = rows.map { Amount.share($0.events, of: total) }
        let shareWidth = max("SHARE".count, shares.map(\.count).max() ?? 0)
        // Two columns between two.
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

    /// A bar of `width` columns for `longest`; never empty for what is more than nothing.
    static func bar(_ value: Int, of longest: Int, width: Int) -> String {
        guard value > 0, longest > 0, width > 0 else { return "" }
        let eighths = max(1, Int((Double(value) / Double(longest) * Double(width) * 8).rounded()))
        return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
    }
}

/// How many events there are of something.
struct EventCount: Equatable {
    /// Nil for events that have no such name, and for the rest.
    let name: String?
    let events: Int
    /// Whether it stands for all that have no row of their own.
    var isRest = false

    /// As it is shown to people.
    var label: String { name.map { ShownText.escaped($0) } ?? (isRest ? "(others)" : "(none)") }
}

/// Numbers as a line of small columns: `▁▂▅█▃ ▁`.
enum Sparkline {
    private static let heights = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// One character for each value; a space for nothing.
    static func line(_ values: [Int]) -> String {
        let highest = values.max() ?? 0
        return values.map { value in
            value <= 0 ? " " : heights[min(heights.count - 1, value * heights.count / max(highest, 1))]
        }.joined()
    }
}
