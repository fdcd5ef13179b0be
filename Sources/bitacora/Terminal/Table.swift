import Inspection

/// A table with aligned columns, which is printed some rows at a time.
///
/// The first rows set the widths of the columns; later rows may increase them. On a terminal, cells are shortened where a
/// column has shorter forms, and then columns are truncated until a row fits.
struct Table {
    /// A shorter way to write a cell.
    struct Shortening {
        /// How many terminal columns the shorter form takes.
        let width: Int
        let text: (String) -> String
    }

    struct Column {
        enum Alignment { case left, right }

        let title: String
        var alignment = Alignment.left
        /// The least width in terminal columns; nil for a column that is never truncated.
        var minimum: Int?
        /// The width below which other columns are shortened to make room for this column; nil for that of the widest cell.
        var comfortable: Int?
        var colour: Colour?
        /// Colours parts of a cell, instead of `colour`; gets the shown text of the cell.
        var paint: ((String) -> String)?
        /// The shorter forms of cells, the longest first.
        var shortenings: [Shortening] = []

        /// The shorter form at a level; nil at level 0, where cells are not shortened.
        func shortening(at level: Int) -> Shortening? { level == 0 ? nil : shortenings.prefix(level).last }
    }

    private static let gap = 2

    private let columns: [Column]
    private let terminal: Terminal
    private var widths: [Int]
    private var hasHeader = false

    init(_ columns: [Column], terminal: Terminal) {
        self.columns = columns
        self.terminal = terminal
        widths = columns.map { DisplayText.width($0.title) }
    }

    /// Returns the rows as lines; the first call also returns the titles.
    ///
    /// - Parameter rows: rows with one cell for each column; cells are already escaped.
    mutating func lines(_ rows: [[String]]) -> [String] {
        for row in rows {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], DisplayText.width(cell)) }
        }
        let (fitting, level) = fittingWidths()
        var lines: [String] = []
        if !hasHeader {
            hasHeader = true
            lines.append(line(columns.map(\.title), fitting) { _, text in Colour.bold.paint(text) })
        }
        for row in rows {
            let cells = row.enumerated().map { index, cell in columns[index].shortening(at: level)?.text(cell) ?? cell }
            lines.append(line(cells, fitting, painted))
        }
        return lines
    }

    private func painted(_ index: Int, _ text: String) -> String {
        let column = columns[index]
        return column.paint?(text) ?? column.colour?.paint(text) ?? text
    }

    /// The widths at which the columns fit, and the level at which cells are shortened.
    private func fittingWidths() -> (widths: [Int], level: Int) {
        guard let limit = terminal.width else { return (widths, 0) }
        let room = limit - Self.gap * (columns.count - 1)
        let levels = columns.map(\.shortenings.count).max() ?? 0
        let level = (0..<levels).first { comfortableWidth(at: $0) <= room } ?? levels
        var fitting = columns.indices.map { width(of: $0, at: level) }
        var excess = fitting.reduce(0, +) - room
        while excess > 0 {
            let shrinkable = fitting.indices.filter { fitting[$0] > columns[$0].minimum ?? .max }
            guard let widest = shrinkable.max(by: { fitting[$0] < fitting[$1] }) else { break }
            fitting[widest] -= 1
            excess -= 1
        }
        return (fitting, level)
    }

    private func width(of column: Int, at level: Int) -> Int {
        min(widths[column], columns[column].shortening(at: level)?.width ?? .max)
    }

    private func comfortableWidth(at level: Int) -> Int {
        columns.indices.reduce(0) { $0 + min(width(of: $1, at: level), columns[$1].comfortable ?? .max) }
    }

    private func line(_ cells: [String], _ widths: [Int], _ paint: (Int, String) -> String) -> String {
        var line = ""
        var used = 0
        for (index, cell) in cells.enumerated() {
            let isLast = index == cells.count - 1
            let gap = index == 0 ? 0 : Self.gap
            var room = isLast && terminal.width == nil ? Int.max : widths[index]
            if let limit = terminal.width { room = min(room, limit - used - gap) }
            // An empty last cell needs no spaces before it.
            guard room > 0, !(isLast && cell.isEmpty) else { break }
            let text = DisplayText.cut(cell, to: room)
            let padding =
                isLast && columns[index].alignment == .left
                ? 0 : max(0, min(widths[index], room) - DisplayText.width(text))
            let spaces = String(repeating: " ", count: padding)
            let painted = terminal.hasColours ? paint(index, text) : text
            line +=
                String(repeating: " ", count: gap)
                + (columns[index].alignment == .left ? painted + spaces : spaces + painted)
            used += gap + padding + DisplayText.width(text)
        }
        return line
    }
}

extension Table.Shortening {
    /// `2026-01-02T03:04:05.678901Z` without the fraction of the second, which `--since` also accepts; then without the date.
    static var times: [Table.Shortening] {
        [
            .init(width: 20) { $0.utf8.count == 27 ? $0.prefix(19) + "Z" : $0 },
            .init(width: 9) { $0.utf8.count == 27 ? $0.dropFirst(11).prefix(8) + "Z" : $0 },
        ]
    }
}

/// A list of names and values, one pair a line, with aligned values.
struct FieldList {
    private var fields: [(name: String, value: String)] = []

    /// - Parameter value: the value, which is escaped here; nil adds no field.
    mutating func add(_ name: String, _ value: String?) {
        guard let value else { return }
        fields.append((name, ShownText.escaped(value)))
    }

    func text(for terminal: Terminal) -> String {
        let width = fields.map(\.name.count).max() ?? 0
        return fields.map { field in
            let name = field.name + String(repeating: " ", count: width - field.name.count)
            return "\(terminal.hasColours ? Colour.bold.paint(name) : name)  \(field.value)\n"
        }.joined()
    }
}
