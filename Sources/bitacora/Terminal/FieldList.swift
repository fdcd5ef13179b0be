import Inspection

/// Names and values, one pair a line, the values under each other.
struct FieldList {
    private var fields: [(name: String, value: String)] = []

    /// - Parameter value: shown escaped; nil leaves the field out.
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
