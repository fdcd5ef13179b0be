import EventLog
import TestSupport
import Testing

@Suite("Filtered reading") struct FilterTests {
    private static let names = [
        "chat", "products", "auctions", "auctions/1", "auctions/2", "auctions/2/bids", "auctionsx", "a/b", "a/c/d",
    ]
    private static let patterns = [
        "chat", "*", "**", "auctions/*", "auctions/**", "*/bids", "a/*", "a/*/d", "auctions/2", "none", "auctions",
        "*/*",
    ]

    private struct Model {
        var events: [(topic: String, type: String)] = []

        func offsets(_ filter: EventFilter, after: Int, through: Int) -> [Offset] {
            events.indices.filter { index in
                let event = events[index]
                return index + 1 > after && index + 1 <= through
                    && (filter.topics.isEmpty || filter.topics.contains { $0.matches(event.topic) })
                    && (filter.types.isEmpty || filter.types.contains(event.type))
            }.map { Offset($0 + 1) }
        }
    }

    private static func filter(_ random: inout SeededGenerator) throws -> EventFilter {
        let topics = try (0..<random.number(0...3)).map { _ in
            try #require(TopicPattern(patterns.randomElement(using: &random)!))
        }
        return EventFilter(topics: topics, types: (0..<random.number(0...2)).map { _ in "t.\(random.number(0...4))" })
    }

    @Test(
        "an index of filters finds those that match an event, also after some were removed",
        arguments: SeededGenerator.seeds)
    func index(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        try await withLog(unsynced) { log in
            try await log.append(
                (0..<200).map { _ in
                    sample(topic: Self.names.randomElement(using: &random)!, type: "t.\(random.number(0...3))")
                })
            var filters: [Int: EventFilter] = [:]
            let index = FilterIndex<Int>()
            for round in 0..<60 {
                if let (number, filter) = filters.randomElement(using: &random), random.chance(1, of: 3) {
                    index.remove(number, for: filter)
                    filters[number] = nil
                }
                let filter = try Self.filter(&random)
                if !filter.isAll {
                    index.insert(round, for: filter)
                    filters[round] = filter
                }
                #expect(index.count == filters.count)
                _ = try log.scan(after: Offset(random.number(0...100)), through: .end) { event in
                    var found: Set<Int> = []
                    index.visitMatches(event) { found.insert($0) }
                    var expected: Set<Int> = []
                    for (number, filter) in filters where filter.matches(event) { expected.insert(number) }
                    #expect(found == expected)
                    return true
                }
            }
        }
    }

    @Test("is what an array would give, forward and backward, in reads of any size", arguments: SeededGenerator.seeds)
    func model(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        try await withLog(unsynced) { log in
            var model = Model()
            for _ in 0..<40 {
                let batch = (0..<random.number(1...60)).map { _ in
                    (Self.names.randomElement(using: &random)!, "t.\(random.number(0...3))")
                }
                model.events += batch
                try await log.append(batch.map { sample(topic: $0.0, type: $0.1) })
            }
            let count = model.events.count
            for _ in 0..<300 {
                let filter = try Self.filter(&random)
                let (after, through) = (random.number(0...count + 5), random.number(0...count + 5))
                let limit = random.number(1...50)
                let expected = model.offsets(filter, after: after, through: through)

                var forward: [Offset] = []
                var reached = Offset(after)
                while reached < min(Offset(through), log.head) {
                    let page = try log.read(after: reached, through: Offset(through), filter: filter, limit: limit)
                    #expect(page.events.count <= limit && page.next > reached)
                    forward += page.events.map(\.offset)
                    reached = page.next
                }
                #expect(forward == expected)

                var backward: [Offset] = []
                var before = Offset(through).next
                while true {
                    let page = try log.readBackward(
                        before: before, from: Offset(after).next, filter: filter, limit: limit)
                    backward += page.events.map(\.offset)
                    guard page.next > Offset(after).next, page.next < before else { break }
                    before = page.next
                }
                #expect(backward == expected.reversed())
            }
        }
    }

    @Test("finds rare events among many, by topic and by type, and stops at the limit")
    func rare() async throws {
        try await withLog(unsynced) { log in
            for block in 0..<3 {
                try await log.append(samples(1...9000, topic: "often"))
                try await log.append(sample(block, topic: "rare/\(block)", type: "rare.type"))
            }
            let rare: [Offset] = [9001, 18002, 27003]
            for filter in [
                EventFilter(topics: [try #require(TopicPattern("rare/*"))]), EventFilter(types: ["rare.type"]),
                EventFilter(topics: [try #require(TopicPattern("*/*"))]),
            ] {
                #expect(try log.read(filter: filter).events.map(\.offset) == rare)
                #expect(try log.readBackward(filter: filter, limit: 2).events.map(\.offset) == [27003, 18002])
                let page = try log.read(filter: filter, limit: 1)
                #expect(page.events.map(\.offset) == [9001] && page.next == 9001 && page.head == 27003)
                #expect(try log.read(after: 9001, through: 18001, filter: filter).events.isEmpty)
            }
            let often = EventFilter(topics: [try #require(TopicPattern("often"))])
            #expect(try log.read(filter: often, limit: 100_000).events.count == 27_000)
            #expect(try log.read(after: 27003).events.isEmpty)
            #expect(try log.read(after: .end).events.isEmpty)
            #expect(try log.event(at: 0) == nil)
            #expect(try log.event(at: 27004) == nil)
            #expect(try log.event(at: .end) == nil)
        }
    }

    @Test(
        "many topics under one pattern come in order, however the reads of the index are divided",
        arguments: [3, 63, 64, 65, 200])
    func manyTopics(count: Int) async throws {
        try await withLog(unsynced) { log in
            for round in 0..<6 {
                try await log.append(
                    (0..<1500).map { sample(topic: $0 % 3 == 0 ? "other" : "t/\(($0 + round) % count)") })
            }
            let pattern = try #require(TopicPattern("t/*"))
            let expected = try log.read(limit: 10_000).events.filter { pattern.matches($0.topic) }.map(\.offset)
            let read = try log.read(filter: EventFilter(topics: [pattern]), limit: 10_000).events.map(\.offset)
            #expect(read == expected)
        }
    }
}
