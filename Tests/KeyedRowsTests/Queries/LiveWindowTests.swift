import EventLog
import JSON
import TestSupport
import Testing

@testable import KeyedRows

@Suite("Live windows")
struct LiveWindowTests {
    @Test(
        "a reader that applies the changes of each state has the rows of a fresh page", arguments: SeededGenerator.seeds
    )
    func follows(seed: UInt64) {
        for keys in [5, 60] {
            var sample = QuerySample(seed: seed, keys: keys)
            for _ in 0..<(keys * 2) { sample.change() }
            var followers = (0..<30).map { _ in Follower(sample.query(), sample.state) }
            for step in 0..<60 {
                for _ in 0..<sample.random([1, 1, 1, 2, 5, 20]) { sample.change() }
                for index in followers.indices {
                    let follower = followers[index]
                    followers[index].advance(to: sample.state, sharing: step.isMultiple(of: 2))
                    followers[index].check("seed \(seed), step \(step), \(follower.window.query)")
                }
            }
        }
    }

    @Test("a reader that is cut and resumes has the rows of a fresh page", arguments: SeededGenerator.seeds)
    func resumes(seed: UInt64) {
        for keys in [5, 60] {
            var sample = QuerySample(seed: seed, keys: keys)
            for _ in 0..<(keys * 2) { sample.change() }
            for _ in 0..<40 {
                var follower = Follower(sample.query(), sample.state)
                for step in 0..<12 {
                    let isCut = sample.random([true, false])
                    let before = follower
                    for _ in 0..<sample.random([0, 1, 3, 20]) { sample.change() }
                    follower.advance(to: sample.state)
                    guard isCut else { continue }
                    // Another reader of the query, which had the earlier window only.
                    var resumed = before
                    resumed.window = follower.window
                    if let changes = follower.window.changes(since: before.window.state.lastChange) {
                        resumed.apply(changes)
                        resumed.check("seed \(seed), step \(step), \(follower.window.query)")
                    } else {
                        Issue.record("all changes are known: seed \(seed)")
                    }
                    follower = resumed
                }
            }
        }
    }

    @Test("rows that did not change, and rows written with the same values, are not sent", arguments: [nil, 3])
    func onlyChanges(limit: Int?) throws {
        var sample = QuerySample(seed: 1, keys: 1)
        for (number, key) in ["p", "q", "r", "s", "t"].enumerated() {
            sample.put(key, [.number(JSONNumber(number)), "x", 1, nil])
        }
        var follower = Follower(RowQuery(sort: RowSort([.init("c"), .init("a")]), limit: limit), sample.state)
        func changes() -> [String] { follower.advance(to: sample.state) ?? ["all"] }

        sample.put("q", [1, "x", 1, nil])
        #expect(changes() == [])
        sample.put("q", [1, "y", 1, nil])
        #expect(changes() == ["put q before r"])
        sample.put("q", [9, "y", 1, nil])
        #expect(changes() == (limit == nil ? ["put q at the end"] : ["remove q", "put s at the end"]))
        sample.put("t", [-1, "x", 1, nil])
        #expect(changes() == (limit == nil ? ["put t before p"] : ["remove s", "put t before p"]))
        sample.delete("p")
        #expect(changes() == (limit == nil ? ["remove p"] : ["remove p", "put s at the end"]))
        sample.put("u", [10, "x", 2, nil])
        #expect(changes() == (limit == nil ? ["put u at the end"] : []))
        #expect(follower.window.total == 5)
        #expect(follower.window.count == limit ?? 5)
    }

    @Test("a row that stops to match is removed, and one that begins to match is put")
    func matching() {
        var sample = QuerySample(seed: 1, keys: 1)
        sample.put("p", ["open", nil, nil, nil])
        sample.put("q", ["done", nil, nil, nil])
        var follower = Follower(RowQuery(filter: RowFilter([.init("a", .equals("open"))])), sample.state)
        sample.put("p", ["done", nil, nil, nil])
        #expect(follower.advance(to: sample.state) == ["remove p"])
        sample.put("p", ["done", 1, nil, nil])
        #expect(follower.advance(to: sample.state) == [])
        sample.put("q", ["open", nil, nil, nil])
        #expect(follower.advance(to: sample.state) == ["put q at the end"])
    }

    @Test("when the changes are not all known, the window is made again and all rows must be sent")
    func forgotten() {
        var sample = QuerySample(seed: 1, keys: 1)
        sample.put("p", [1, nil, nil, nil])
        var windows = [RowSort(), RowSort([.init("a")]), RowSort([.init("c")])].map {
            LiveWindow(RowQuery(sort: $0), sample.state)
        }
        let offset = sample.state.lastChange
        for number in 0...CollectionState.keptChanges { sample.put("q", [.number(JSONNumber(number)), nil, nil, nil]) }
        for index in windows.indices {
            #expect(windows[index].changes(since: offset)?.isEmpty == true)
            #expect(windows[index].advance(to: sample.state) == nil)
            #expect(windows[index].changes(since: offset) == nil)
            #expect(windows[index].total == 2)
            #expect(windows[index].changes(since: sample.state.lastChange)?.isEmpty == true)
        }
    }

    @Test("after more than 10,000 changes, and more than the window has rows, all rows must be sent")
    func many() {
        var sample = QuerySample(seed: 1, keys: 1)
        sample.put("p", [1, nil, nil, nil])
        var windowed = LiveWindow(RowQuery(sort: RowSort([.init("c")]), limit: 3), sample.state)
        var all = LiveWindow(RowQuery(sort: RowSort([.init("c")])), sample.state)
        for number in 0..<10_000 { sample.put("k\(number)", [nil, nil, .number(JSONNumber(number)), nil]) }
        #expect(windowed.advance(to: sample.state)?.count == 2)
        #expect(all.advance(to: sample.state)?.count == 10_000)
        let offset = sample.state.lastChange
        for number in 0...10_000 { sample.put("k\(number)", [1, nil, .number(JSONNumber(number)), nil]) }
        #expect(windowed.changes(since: .start) == nil)
        #expect(windowed.advance(to: sample.state) == nil)
        #expect(windowed.count == 3)
        #expect(windowed.total == 10_002)
        #expect(all.advance(to: sample.state)?.count == 10_001)
        #expect(all.changes(since: offset)?.count == 10_001)
        #expect(windowed.changes(since: offset) == nil)
    }

    @Test("a reader that resumes gets at most 100 changes, or as many as the window has rows", arguments: [95, 96])
    func cheaper(changed: Int) throws {
        var sample = QuerySample(seed: 1, keys: 1)
        for number in 0..<300 { sample.put("k\(number)", [nil, nil, .number(JSONNumber(number)), nil]) }
        let offset = sample.state.lastChange
        for number in 0..<changed { sample.put("k\(number)", [1, nil, .number(JSONNumber(number)), nil]) }
        // Each changed row is removed, and the five rows of the window are put, because the reader may not have them.
        let filter = RowFilter([.init("c", .greaterOrEqual(100))])
        let changes = LiveWindow(RowQuery(filter: filter, limit: 5), sample.state).changes(since: offset)
        #expect(changes?.count == (changed == 95 ? 100 : nil))
        #expect(LiveWindow(RowQuery(filter: filter), sample.state).changes(since: offset)?.count == changed)
    }
}

/// A reader that applies the changes of a window to a list of rows.
private struct Follower {
    var window: LiveWindow
    private(set) var rows: [Row] = []

    init(_ query: RowQuery, _ state: CollectionState) {
        window = LiveWindow(query, state)
        readAll()
    }

    private mutating func readAll() {
        rows = []
        window.visitRows { row in
            rows.append(row)
            return true
        }
    }

    /// - Returns: the changes as text; nil when all rows had to be read.
    @discardableResult mutating func advance(to state: CollectionState, sharing: Bool = false) -> [String]? {
        let differences = sharing ? RowDifferences(from: window.state, to: state) : nil
        guard let changes = differences.map({ window.advance(by: $0) }) ?? window.advance(to: state) else {
            readAll()
            return nil
        }
        apply(changes)
        return changes.map { change in
            switch change {
            case .remove(let key): "remove \(key)"
            case .put(let row, let before): "put \(row.key) " + (before.map { "before \($0)" } ?? "at the end")
            }
        }
    }

    mutating func apply(_ changes: [RowChange]) {
        var hasPut = false
        for change in changes {
            switch change {
            case .remove(let key):
                #expect(!hasPut, "a removal follows a put")
                rows.removeAll { $0.key == key }
            case .put(let row, let before):
                hasPut = true
                rows.removeAll { $0.key == row.key }
                let place = before.map { key in rows.firstIndex { $0.key == key } } ?? rows.count
                guard let place else {
                    Issue.record("the reader does not have the row \(before?.text ?? "") that follows")
                    return
                }
                rows.insert(row, at: place)
            }
        }
    }

    /// Compares the rows, the window and a plain reading of the query.
    func check(_ comment: Comment) {
        let all = PlainQuery.rows(window.query, window.state)
        let expected = all.prefix(window.query.limit ?? .max)
        #expect(rows.map(\.key) == expected.map(\.key), comment)
        for (row, other) in zip(rows, expected) where !row.values.hasSameBytes(as: other.values) {
            Issue.record("\(row.key) has other values: \(comment)")
        }
        #expect(window.total == all.count, comment)
        #expect(window.count == expected.count, comment)
        for rank in [0, 1, expected.count - 1, expected.count] where rank >= 0 {
            var visited: [RowKey] = []
            window.visitRows(from: rank) { row in
                visited.append(row.key)
                return visited.count < 3
            }
            #expect(visited == expected.dropFirst(rank).prefix(3).map(\.key), comment)
        }
    }
}
