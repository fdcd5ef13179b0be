import Testing

@testable import KeyedRows

@Suite("names of collections' snapshots")
struct CollectionNameTests {
    @Test(
        "a name, @ and 12 hexadecimal digits is the name of a collection, and nothing else is",
        arguments: [
            ("orders@0123456789ab", true), ("a@b@0123456789ab", true), ("orders@0123456789a", false),
            ("orders@0123456789abc", false), ("orders@0123456789AB", false), ("orders@0123456789ag", false),
            ("@0123456789ab", false), ("marketplace", false), ("orders0123456789ab", false), ("", false),
        ])
    func form(_ name: String, _ isCollection: Bool) {
        #expect(CollectionProjection.isName(name) == isCollection)
    }
}
