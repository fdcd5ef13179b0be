import EventLog
import JSON
import TestSupport
import Testing

@testable import KeyedRows

@Suite("Pages of rows")
struct PageTests {
    @Test("every page equals that of a plain reading, whichever index is used", arguments: SeededGenerator.seeds)
    func model(seed: UInt64) {
        for keys in [0, 5, 60, 200] {
            var sample = QuerySample(seed: seed, keys: max(keys, 1))
            for _ in 0..<(keys * 3) { sample.change() }
            for _ in 0..<100 {
                let query = sample.query()
                let expected = PlainQuery.rows(query, sample.state)
                let page = sample.state.page(query)
                #expect(page.total == expected.count, "seed \(seed), \(query)")
                let size = query.limit ?? expected.count
                #expect(page.rows.map(\.key) == expected.prefix(size).map(\.key), "seed \(seed), \(query)")
                #expect((page.next != nil) == (size > 0 && expected.count > size), "seed \(seed), \(query)")
            }
        }
    }

    @Test(
        "the pages of a query have each row once, in order, through the text of cursors",
        arguments: SeededGenerator.seeds)
    func pages(seed: UInt64) throws {
        var sample = QuerySample(seed: seed, keys: 60)
        for _ in 0..<200 { sample.change() }
        for _ in 0..<60 {
            let query = sample.query(limits: [1, 2, 3, 7])
            var keys: [RowKey] = []
            var cursor: RowCursor?
            repeat {
                let page = sample.state.page(query, after: cursor)
                keys += page.rows.map(\.key)
                cursor = try page.next.map {
                    try #require(RowCursor($0.description, for: query.sort, of: sample.state.name))
                }
                #expect(cursor == page.next, "seed \(seed), \(query)")
            } while cursor != nil && keys.count <= sample.state.count
            #expect(keys == PlainQuery.rows(query, sample.state).map(\.key), "seed \(seed), \(query)")
        }
    }

    @Test("a page begins at the place of its cursor when rows changed meanwhile", arguments: SeededGenerator.seeds)
    func changedBetweenPages(seed: UInt64) throws {
        var sample = QuerySample(seed: seed, keys: 60)
        for _ in 0..<200 { sample.change() }
        for _ in 0..<100 {
            let query = sample.query(limits: [1, 2, 3, 7])
            let order = RowOrder(query.sort, sample.state)
            let page = sample.state.page(query)
            guard let next = page.next, let last = page.rows.last.map(order.entry) else { continue }
            for _ in 0..<20 { sample.change() }
            let rest = PlainQuery.rows(query, sample.state).filter { last < order.entry($0) }
            let following = sample.state.page(query, after: next).rows
            #expect(following.map(\.key) == rest.prefix(query.limit!).map(\.key), "seed \(seed), \(query)")
        }
    }

    @Test("long sorted values are in the order of the whole values, page by page", arguments: ["value", "-value"])
    func longValues(sort: String) throws {
        let long = String(repeating: "é", count: 4000)
        let digits = String(repeating: "7", count: 400)
        let values =
            (0..<9).map { JSONValue.string(long + "\($0)") }
            + (0..<9).map { JSONValue.number(JSONNumber("\(digits)\($0)")!) }
            + (0..<9).map { JSONValue.number(JSONNumber("-0.\(digits)\($0)")!) }
            + (0..<3).map { JSONValue.number(JSONNumber("1e\($0)00000")!) }
        var state = CollectionState(
            RowLayout(name: "long", fields: ["value"], indexes: []), changes: ChangeList(completeAfter: .start))
        for (number, value) in values.enumerated() {
            _ = state.update(RowKey("k\(number)")!, at: Offset(UInt64(number + 1))) { _ in RowValues([value]) }
        }
        let query = RowQuery(sort: try RowSort(sort), limit: 1)
        let all = state.page(RowQuery(sort: query.sort)).rows.map(\.key)
        var cursor: RowCursor?
        for key in all {
            let page = state.page(query, after: cursor)
            #expect(page.rows.map(\.key) == [key])
            cursor = page.next
            #expect((cursor?.description.utf8.count ?? 0) < 500)
        }
        #expect(cursor == nil)

        // Without the row, its place is only known in part: rows can be repeated, but are not left out.
        for (place, key) in all.dropLast().enumerated() {
            let next = try #require(state.page(RowQuery(sort: query.sort, limit: place + 1)).next)
            var later = state
            _ = later.update(key, at: Offset(1000)) { _ in nil }
            let rest = later.page(RowQuery(sort: query.sort), after: next).rows.map(\.key)
            #expect(rest.suffix(all.count - place - 1) == all.suffix(all.count - place - 1))
        }
    }
}

@Suite("Cursors")
struct RowCursorTests {
    private static let collection = QuerySample(seed: 1, keys: 1).state.name

    private static func cursor(_ sort: RowSort, _ value: JSONValue?) -> RowCursor? {
        var sample = QuerySample(seed: 1, keys: 1)
        sample.put("key", [value, value, value, value])
        let row = sample.state.row(RowKey("key")!)!
        return RowCursor(RowOrder(sort, sample.state).entry(row), for: sort, of: sample.state.name)
    }

    @Test("a cursor is read again from its text", arguments: QuerySample.values)
    func text(_ value: JSONValue?) throws {
        let sort = try RowSort("a,-b,c,d")
        let cursor = try #require(Self.cursor(sort, value))
        #expect(RowCursor(cursor.description, for: sort, of: Self.collection) == cursor)
        #expect(
            cursor.description.utf8.allSatisfy {
                UInt8(ascii: "-") == $0 || UInt8(ascii: "_") == $0 || Character(UnicodeScalar($0)).isLetter
                    || Character(UnicodeScalar($0)).isNumber
            })
    }

    @Test("the cursor of another sort leads nowhere", arguments: ["a,b", "-a", "b", "a,-b"])
    func otherSort(_ other: String) throws {
        let cursor = try #require(Self.cursor(try RowSort("a"), "x"))
        #expect(RowCursor(cursor.description, for: try RowSort(other), of: Self.collection) == nil)
        #expect(RowCursor(cursor.description, for: RowSort(), of: Self.collection) == nil)
    }

    @Test("the cursor of another collection leads nowhere, also with the same sort", arguments: ["", "a", "a,-b"])
    func otherCollection(_ text: String) throws {
        let sort = text.isEmpty ? RowSort() : try RowSort(text)
        let cursor = try #require(Self.cursor(sort, "x"))
        #expect(RowCursor(cursor.description, for: sort, of: Self.collection + "s") == nil)
        #expect(RowCursor(cursor.description, for: sort, of: "") == nil)
    }

    @Test("text that is no cursor, cut or changed, is refused or a place", arguments: SeededGenerator.seeds)
    func hostile(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let sort = try RowSort("a,-b,c")
        var sample = QuerySample(seed: seed, keys: 20)
        for _ in 0..<50 { sample.change() }
        for text in ["", "x", "!", "AAAA", String(repeating: "A", count: 100_000), "=", "é", "\0"] {
            #expect(RowCursor(text, for: sort, of: Self.collection) == nil)
        }
        for value in QuerySample.values {
            let text = Array(try #require(Self.cursor(sort, value)).description.utf8)
            for end in 0..<text.count {
                #expect(RowCursor(String(decoding: text[..<end], as: UTF8.self), for: sort, of: Self.collection) == nil)
            }
            for _ in 0..<200 {
                var changed = text
                for _ in 0...random.number(0...3) {
                    changed[random.number(0...changed.count - 1)] = random.element(Array("AZaz09-_".utf8))
                }
                guard let cursor = RowCursor(String(decoding: changed, as: UTF8.self), for: sort, of: Self.collection)
                else { continue }
                let page = sample.state.page(RowQuery(sort: sort, limit: 3), after: cursor)
                #expect(page.total == sample.state.count, "seed \(seed)")
            }
        }
    }
}
