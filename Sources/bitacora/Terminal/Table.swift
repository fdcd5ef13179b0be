/// Aligned columns, given out a few rows at a time.
///
/// The first rows settle the widths; later ones may widen them. On a terminal
/// the columns are cut until a row fits.
struct Table {
    struct Column {
        enum Alignment { case left, right }

        let title: String
        var alignment = Alignment.left
        /// What it may be cut down to, in terminal columns; nil when it is always shown whole.
        var minimum: Int?
        var colour: Colour?
        /// Sets off parts of a cell, instead of `colour` all of it; gets the cell as it is shown.
        var paint: ((String) -> String)?
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

    /// The rows as lines, the first time under the titles.
    ///
    /// - Parameter rows: of as many cells as there are columns, safe to show.
    mutating func lines(_ rows: [[String]]) -> [String] {
        for row in rows {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], DisplayText.width(cell)) }
        }
        let fitting = fittingWidths()
        var lines: [String] = []
        if !hasHeader {
            hasHeader = true
            lines.append(line(columns.map(\.title), fitting) { _, text in Colour.bold.paint(text) })
        }
        for row in rows { lines.append(line(row, fitting, painted)) }
        return lines
    }

    private func painted(_ index: Int, _ text: String) -> String {
        let column = columns[index]
        return column.paint?(text) ?? column.colour?.paint(text) ?? text
    }

    private func fittingWidths() -> [Int] {
        guard let limit = terminal.width else { return widths }
        var fitting = widths
        var excess = fitting.reduce(Self.gap * (columns.count - 1), +) - limit
        while excess > 0 {
            let shrinkable = fitting.indices.filter { fitting[$0] > columns[$0].minimum ?? .max }
            guard let widest = shrinkable.max(by: { fitting[$0] < fitting[$1] }) else { break }
            fitting[widest] -= 1
            excess -= 1
        }
        return fitting
    }

    private func line(_ cells: [String], _ widths: [Int], _ paint: (Int, String) -> String) -> String {
        var line = ""
        var used = 0
        for (index, cell) in cells.enumerated() {
            let isLast = index == cells.count - 1
            let gap = index == 0 ? 0 : Self.gap
            var room = isLast && terminal.width == nil ? Int.max : widths[index]
            if let limit = terminal.width { room = min(room, limit - used - gap) }
            // Nothing at the end needs no spaces before it.
            guard room > 0, !(isLast && cell.isEmpty) else { break }
            let text = DisplayText.cut(cell, to: room)
            let padding = isLast && columns[index].alignment == .left ? 0 : max(0, min(widths[index], room) - DisplayText.width(text))
            let spaces = String(repeating: " ", count: padding)
            let painted = terminal.hasColours ? paint(index, text) : text
            line += String(repeating: " ", count: gap) + (columns[index].alignment == .left ? painted + spaces : spaces + painted)
            used += gap + padding + DisplayText.width(text)
        }
        return line
    }
}
