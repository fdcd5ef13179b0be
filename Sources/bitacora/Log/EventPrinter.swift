import EventLog
import Inspection

/// Prints events: as JSON lines, byte for byte as everywhere, or as rows of a table.
///
/// Takes what a short read lends it and keeps it until `flush`, so that no
/// read transaction waits for a slow reader.
struct EventPrinter {
    /// How many rows wait at the most.
    private static let maximumRows = 256

    private let output = Output()
    private let terminal: Terminal
    private let isJSON: Bool
    private var writer = EventJSONWriter()
    private var table: Table
    private var rows: [[String]] = []
    private var rowBytes = 0
    private let search: TextSearch?

    /// - Parameter search: what was looked for: rows show it, set off, where it is in the data.
    init(json: Bool, search: TextSearch? = nil, terminal: Terminal = .standardOutput) {
        self.terminal = terminal
        self.search = search
        isJSON = json
        table = Table(
            [
                .init(title: "OFFSET", alignment: .right, colour: .bold),
                .init(title: "TIME", colour: .dim, shortenings: Table.Shortening.times),
                .init(title: "TOPIC", minimum: 10, colour: .cyan),
                .init(title: "TYPE", minimum: 10, colour: .green),
                .init(
                    title: "DATA", minimum: 16, comfortable: 20,
                    paint: search.map { search in { search.highlighted($0) } }),
            ], terminal: terminal)
    }

    /// Whether it is time to `flush`.
    var isFull: Bool { output.isFull || rows.count >= Self.maximumRows || rowBytes >= Output.chunk }

    mutating func add(_ view: borrowing EventView) {
        guard isJSON else { return addRow(view) }
        output.add(room: writer.lineBound(view)) { start in writer.writeLine(view, to: start) }
    }

    mutating func flush() throws(OutputError) {
        if !rows.isEmpty {
            for line in table.lines(rows) {
                output.add(line)
                output.add("\n")
            }
            rows.removeAll(keepingCapacity: true)
            rowBytes = 0
        }
        try output.flush()
    }

    private mutating func addRow(_ view: borrowing EventView) {
        let data = summary(view)
        rowBytes += data.utf8.count
        rows.append([
            view.offset.description, view.time.description, ShownText.escaped(Self.text(view.topic)),
            ShownText.escaped(Self.text(view.type)), data,
        ])
    }

    private func summary(_ view: borrowing EventView) -> String {
        guard view.isJSON else { return "(\(Amount.counted(view.data.byteCount, "byte")))" }
        if let search { return ShownText.escaped(search.excerpt(of: Self.text(view.data), width: terminal.width)) }
        guard let width = terminal.width else { return ShownText.escaped(Self.text(view.data)) }
        // What is cut off anyway need not be decoded: a character has 4 bytes at the most, and seldom
        // more than a few scalars.
        let shown = min(view.data.byteCount, 16 * width)
        return DisplayText.cut(ShownText.escaped(Self.text(view.data.extracting(first: shown))), to: width)
    }

    private static func text(_ bytes: RawSpan) -> String {
        bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
