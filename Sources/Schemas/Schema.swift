package import JSON

/// A JSON Schema, in a subset of 2020-12, compiled once and used for many values.
///
/// The supported keywords are the cases of `SchemaKeyword`. Every other keyword is a fault, so that no rule is ignored.
package struct Schema: Sendable {
    /// The compiled schemas, which name each other by index; the first one is this schema.
    private let nodes: [SchemaRules]

    /// The limit of schemas nested in each other, and of references that lead to references.
    package static let maximumDepth = 64
    /// The largest number of schemas that one schema consists of, with those that references lead to.
    package static let maximumSchemas = 10_000

    /// Compiles a schema.
    ///
    /// - Parameters:
    ///   - value: the schema, an object or a boolean.
    ///   - file: the path of its file, relative to the folder of the application: `schemas/order.json`.
    ///   - base: where in that file the schema begins: not empty for a schema inside `app.json`. References without a
    ///     path (`#/$defs/x`) begin there.
    ///   - documents: the JSON of every file that references may name, by its path relative to the folder.
    ///   - budget: what the schemas of the application may need together. When it is exceeded, the schema at which this
    ///     happens has a fault, and no further schema may be compiled with it.
    /// - Throws: the faults, those of each file together, at most `SchemaFaults.maximum`.
    package init(
        _ value: JSONValue, file: String, base: JSONPointer = JSONPointer(), documents: [ExactText: JSONValue],
        budget: SchemaBudget = SchemaBudget()
    ) throws(SchemaFaults) {
        var compiler = SchemaCompiler(
            documents: SchemaDocuments(root: value, file: file, base: base, others: documents), budget: budget)
        nodes = try compiler.compile()
    }

    /// The first fault of a value, in the order of the value; nil when the value fits.
    ///
    /// The rules of an object or array are checked before those of its members or elements. The cost is bounded by the
    /// size of the value times the size of the schema.
    package func mismatch(_ value: JSONValue) -> SchemaMismatch? { SchemaChecker(nodes).mismatch(value) }

    /// The types that a member of an object may have (`number`, `integer`, `boolean`, `string`, `null`, `array`,
    /// `object`), for the conversion of form fields; empty when the schema says nothing about the member.
    ///
    /// Types follow from `type`, or without it from `enum` and `const`. Of several schemas for the member, the first
    /// that says something counts.
    package func types(ofMember name: String) -> Set<String> {
        let checker = SchemaChecker(nodes)
        for node in checker.following([0]) {
            guard case .schema(let member)? = nodes[node].objects?.rule(for: name) else { continue }
            for part in checker.following([member]) {
                if let types = nodes[part].knownTypes { return Set(types.names) }
            }
        }
        return []
    }
}

/// Why a value does not fit a schema.
package struct SchemaMismatch: Error, Sendable, Hashable {
    /// The value that does not fit, or the place of the member that is missing, from the root of the checked value.
    package let pointer: JSONPointer
    /// What was expected and what was found: `must be a number, not a string`, `is missing`.
    package let message: String
    package init(pointer: JSONPointer, message: String) { (self.pointer, self.message) = (pointer, message) }
}

/// What is wrong with a schema.
package struct SchemaFaults: Error, Sendable {
    /// The largest number of faults that are reported at once.
    package static let maximum = 100

    /// One fault, with its place in the file.
    package struct Fault: Sendable, Hashable {
        /// The path of the file, relative to the folder of the application.
        package let file: String
        /// The value at fault, from the root of the file.
        package let pointer: JSONPointer
        /// Whether the fault is the name of the member that `pointer` leads to, and not its value.
        package let isName: Bool
        /// What is wrong and what to write instead.
        package let message: String
    }
    /// At least one.
    package let faults: [Fault]
}
