import Declarations
import EventLog
import JSON
import Testing

@Suite struct StoredDefinitionTests {
    @Test("a stored definition is read as it was written, and equal ones have equal bytes")
    func roundTrip() throws {
        let archive = Array(#"{"app.json":"{\"name\":\"x\"}"}"#.utf8)
        let collections: [ExactText: StoredDefinition.Collection] = [
            "orders": StoredDefinition.Collection(id: "orders@012345abcdef", since: 17),
            "customers": StoredDefinition.Collection(id: "customers@ab", since: .start),
        ]
        let stored = StoredDefinition(archive: archive, collections: collections)
        let read = try #require(StoredDefinition(stored.bytes))
        #expect(read.archive == archive)
        #expect(read.collections == collections)
        #expect(read.bytes == stored.bytes)
    }

    @Test(
        "other bytes are no stored definition",
        arguments: [
            "", "{", "[]", #"{"definition":{}}"#, #"{"definition":{},"collections":[]}"#,
            #"{"definition":{},"collections":{"a":{"id":"a"}}}"#,
            #"{"definition":{},"collections":{"a":{"id":"a","since":-1}}}"#,
        ])
    func other(_ text: String) {
        #expect(StoredDefinition(Array(text.utf8)) == nil)
    }
}
