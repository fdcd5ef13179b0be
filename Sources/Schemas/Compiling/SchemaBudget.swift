import JSON

/// Limits the memory that the schemas of one application need together. Each schema has limits of its own.
///
/// A schema that others refer to is compiled again for each of them, and counts each time.
package final class SchemaBudget {
    /// The largest number of schemas, with the schemas in them.
    package static let maximumSchemas = 100_000
    /// The largest number of states of all patterns.
    package static let maximumPatternStates = 100_000
    /// The largest size of the values of `enum` and `const` and of the names in `properties` and `required`, in bytes.
    package static let maximumBytes = 16 << 20

    // What is left of each limit.
    private var schemas = maximumSchemas
    private var patternStates = maximumPatternStates
    private var bytes = maximumBytes
    /// Whether a limit was exceeded: no further schema is compiled.
    package private(set) var isExceeded = false

    package init() {}

    func takeSchema() throws(KeywordFault) {
        try take(1, from: \.schemas) {
            "the application has more than \(Self.maximumSchemas) schemas, where a schema counts again in each schema that refers to it; remove some, or name the file of a schema directly as the schema of a type"
        }
    }

    func take(_ pattern: Pattern) throws(KeywordFault) {
        try take(pattern.stateCount, from: \.patternStates) {
            "the patterns of the application have more than \(Self.maximumPatternStates) states together; use smaller numbers in {m,n}, or minLength and maxLength"
        }
    }

    func take(name: String) throws(KeywordFault) { try take(bytes: name.utf8.count) }

    func take(values: JSONValue) throws(KeywordFault) { try take(bytes: values.bytes.count) }

    private func take(bytes count: Int) throws(KeywordFault) {
        try take(count, from: \.bytes) {
            "the names of members and the values of enum and const in the schemas of the application have more than \(Self.maximumBytes) bytes together, where those of a schema count again in each schema that refers to it; remove some"
        }
    }

    /// Takes a number from what is left of a limit.
    ///
    /// - Throws: a fault for the first limit that is exceeded only: no schema is compiled after it.
    private func take(
        _ count: Int, from left: ReferenceWritableKeyPath<SchemaBudget, Int>, _ message: () -> String
    ) throws(KeywordFault) {
        guard !isExceeded else { return }
        guard count <= self[keyPath: left] else {
            isExceeded = true
            throw KeywordFault(message: message())
        }
        self[keyPath: left] -= count
    }
}
