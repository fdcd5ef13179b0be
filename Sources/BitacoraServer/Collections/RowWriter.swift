import JSON
import KeyedRows

/// Writes the rows of one collection, and changes of them, as JSON.
struct RowWriter {
    /// The names of the fields as the beginnings of members: `"status":`.
    private let names: [[UInt8]]

    init(_ state: CollectionState) {
        names = state.fields.map { name in
            var bytes: [UInt8] = []
            JSONText.writeString(name, into: &bytes)
            return bytes + [UInt8(ascii: ":")]
        }
    }

    /// Appends the fields of a row as an object, without missing ones: `{"customer":"ann","total":12.5}`.
    func writeValue(of row: Row, into output: inout [UInt8]) {
        var separator = UInt8(ascii: "{")
        for (name, value) in zip(names, row.values) {
            guard let value else { continue }
            output.append(separator)
            output.append(contentsOf: name)
            value.write(into: &output)
            separator = UInt8(ascii: ",")
        }
        if separator == UInt8(ascii: "{") { output.append(separator) }
        output.append(UInt8(ascii: "}"))
    }

    /// Appends a row: `{"key":"7","value":{…}}`.
    func write(_ row: Row, into output: inout [UInt8]) {
        output.append(contentsOf: #"{"key":"#.utf8)
        JSONText.writeString(row.key.text, into: &output)
        output.append(contentsOf: #","value":"#.utf8)
        writeValue(of: row, into: &output)
        output.append(UInt8(ascii: "}"))
    }

    /// Appends a change: `{"op":"put","key":"7","before":"5","value":{…}}` or `{"op":"remove","key":"7"}`.
    ///
    /// `before` is null for a row that is put at the end.
    func write(_ change: RowChange, into output: inout [UInt8]) {
        switch change {
        case .put(let row, let before):
            output.append(contentsOf: #"{"op":"put","key":"#.utf8)
            JSONText.writeString(row.key.text, into: &output)
            output.append(contentsOf: #","before":"#.utf8)
            if let before {
                JSONText.writeString(before.text, into: &output)
            } else {
                output.append(contentsOf: "null".utf8)
            }
            output.append(contentsOf: #","value":"#.utf8)
            writeValue(of: row, into: &output)
        case .remove(let key):
            output.append(contentsOf: #"{"op":"remove","key":"#.utf8)
            JSONText.writeString(key.text, into: &output)
        }
        output.append(UInt8(ascii: "}"))
    }
}
