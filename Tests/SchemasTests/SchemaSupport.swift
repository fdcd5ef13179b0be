import JSON
@testable import Schemas
import Testing

/// A schema whose only file is `order.json`, from its text.
func compiled(_ schema: String, documents: [ExactText: String] = [:]) throws -> Schema {
    try Schema(
        JSONValue(parsing: schema), file: "order.json", documents: documents.mapValues { try JSONValue(parsing: $0) })
}

/// The first mismatch as `POINTER: message`; nil when the value fits.
func mismatch(_ value: String, _ schema: String) throws -> String? {
    try compiled(schema).mismatch(JSONValue(parsing: value)).map { "\($0.pointer): \($0.message)" }
}

/// The faults of a schema as `FILE#POINTER: message`, with `name of` before the file when the fault is a name.
func faults(_ schema: String, documents: [ExactText: String] = [:]) throws -> [String] {
    do {
        _ = try compiled(schema, documents: documents)
        return []
    } catch let error as SchemaFaults {
        return error.faults.map { "\($0.isName ? "name of " : "")\($0.file)#\($0.pointer): \($0.message)" }
    }
}

extension Pattern {
    /// Whether some part of a text matches, however many steps that takes.
    func matches(_ text: String) -> Bool { matches(text, PatternBudget(steps: .max)) ?? false }
}
