import Testing

@testable import KeyedRows

@Suite("Keys of rows")
struct RowKeyTests {
    @Test("a key has 1 to 512 bytes")
    func bounds() {
        #expect(RowKey("") == nil)
        #expect(RowKey(String(repeating: "a", count: 512))?.text.utf8.count == 512)
        #expect(RowKey(String(repeating: "a", count: 513)) == nil)
        #expect(RowKey(String(repeating: "é", count: 256)) != nil)
        #expect(RowKey(String(repeating: "é", count: 257)) == nil)
    }

    @Test("keys are ordered by their bytes")
    func order() {
        let ascending = ["\0", "\0a", "10", "9", "B", "a", "a\0", "a longer key", "ab", "e\u{301}", "é", "ﬀ", "😀"]
        let keys = ascending.compactMap { RowKey($0) }
        for (left, right) in zip(keys, keys.dropFirst()) { #expect(left < right && !(right < left) && left != right) }
    }

    @Test("keys that Swift takes for the same text are different")
    func canonicalEquivalence() throws {
        let (composed, decomposed) = (try #require(RowKey("é")), try #require(RowKey("e\u{301}")))
        #expect(composed.text == decomposed.text)
        #expect(Set([composed, decomposed]).count == 2)
    }
}
