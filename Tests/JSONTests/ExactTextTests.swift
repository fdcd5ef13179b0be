import JSON
import Testing

@Suite("Texts that are compared byte by byte")
struct ExactTextTests {
    private static let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")

    @Test("two Unicode forms of a name are two keys", arguments: [(composed, 1), (decomposed, 2), ("cafe", nil)])
    func keys(name: String, value: Int?) {
        var table: [ExactText: Int] = [:]
        table[Self.composed] = 1
        table[Self.decomposed] = 2
        #expect(table.count == 2)
        #expect(table[name] == value)
        #expect(Set(table.keys).contains(name) == (value != nil))
    }

    @Test("texts are ordered by their bytes")
    func order() {
        let names = ["f", Self.composed, "", Self.decomposed, "caf"].map { ExactText($0) }
        #expect(names.sorted().map(\.text.utf8.count) == [0, 3, 6, 5, 1])
    }

    @Test("two Unicode forms of a string are different values, also in arrays and objects")
    func values() {
        let pairs: [(JSONValue, JSONValue)] = [Self.composed, Self.decomposed].map { .string($0) }.map { text in
            (text, ["a": [text]])
        }
        #expect(pairs[0].0 != pairs[1].0)
        #expect(pairs[0].1 != pairs[1].1)
        #expect(Set(pairs.map(\.0)).count == 2)
    }
}
