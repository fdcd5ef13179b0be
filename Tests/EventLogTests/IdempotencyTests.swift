import EventLog
import Testing

@Suite("Append by id and by expectation") struct IdempotencyTests {
    @Test("appending an id again returns its first offset and writes nothing, also after reopening")
    func sameID() async throws {
        try await withTemporaryDirectory { directory in
            for round in 0..<3 {
                let log = try openLog(directory)
                let receipt = try await log.append(sample(id: "one"))
                #expect(receipt.offsets == [1])
                #expect(receipt.duplicates == (round == 0 ? 0 : 1))
                #expect(log.head == 1)
                #expect(try log.offset(ofID: "one") == 1)
                #expect(try log.offset(ofID: "two") == nil)
                log.close()
            }
        }
    }

    @Test("an id twice in one append, and one the log has among new ones, keep their place in the receipt")
    func withinOneAppend() async throws {
        try await withLog { log in
            try await log.append(sample(0, id: "old"))
            let receipt = try await log.append([
                sample(1, id: "a"), sample(2), sample(0, id: "old"), sample(1, id: "a"), sample(5, id: "b"),
            ])
            #expect(receipt.offsets == [2, 3, 1, 2, 4])
            #expect(receipt.duplicates == 2)
            #expect(try log.read().events.map(\.data.text) == ["0", "1", "2", "5"].map { "{\"number\":\($0)}" })
            #expect(try log.verify().isSound)
        }
    }

    @Test("an id of another topic, type or data is a conflict that names it, and nothing of the append is written")
    func conflict() async throws {
        try await withLog { log in
            try await log.append(sample(id: "x"))
            let bytes = NewEvent(
                topic: "products", type: "product.created", id: "x", data: .bytes(Array("{\"number\":1}".utf8)))
            for event in [
                sample(topic: "chat", id: "x"), sample(type: "product.deleted", id: "x"), sample(2, id: "x"), bytes,
            ] {
                let error = await #expect(throws: AppendError.self) { try await log.append([sample(), event]) }
                #expect(error?.code == .idConflict && error?.field == "id")
                #expect(error?.message == "id x belongs to another event, at offset 1; use a new id")
            }
            let error = await #expect(throws: AppendError.self) {
                try await log.append([sample(id: "y"), sample(topic: "chat", id: "y")])
            }
            #expect(error?.message == "id y belongs to another event, earlier in the same append; use a new id")
            let other = await #expect(throws: AppendError.self) {
                try await log.append([sample(1, id: "y"), sample(2, id: "y")])
            }
            #expect(other?.code == .idConflict)
            #expect(log.head == 1)
        }
    }

    @Test("ids and topics are bytes: strings that only look alike are different")
    func canonicalEquivalents() async throws {
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        try await withLog { log in
            let receipt = try await log.append([
                sample(topic: composed, id: composed), sample(topic: decomposed, id: decomposed),
                sample(topic: composed),
            ])
            #expect(receipt.offsets == [1, 2, 3] && receipt.duplicates == 0)
            #expect(try log.verify().isSound)
            #expect(try log.topics().map(\.events).sorted() == [1, 2])
            let filter = EventFilter(topics: [try #require(TopicPattern(composed))])
            #expect(try log.read(filter: filter).events.map(\.offset) == [1, 3])
        }
    }

    private static func expecting(_ offset: Offset, topic: String = "a", id: String? = nil) -> NewEvent {
        NewEvent(topic: topic, type: "t.t", id: id, data: .bytes([]), expectedOffset: offset)
    }

    @Test("an expected offset lets an append through only when the topic is there")
    func expected() async throws {
        try await withLog { log in
            try await log.append([sample(topic: "other"), Self.expecting(.start)])
            try await log.append(Self.expecting(2))
            for wrong in [Offset.start, 1, 2, 4] {
                let error = await #expect(throws: AppendError.self) {
                    try await log.append([sample(topic: "b"), Self.expecting(wrong)])
                }
                #expect(
                    error
                        == AppendError(
                            .conflict, "topic a is at offset 3, not \(wrong); read the topic again and decide again",
                            field: "expectedOffset", index: 1))
            }
            #expect(log.head == 3)
            // What is expected is what was before the append, for each of its events.
            try await log.append([Self.expecting(3), Self.expecting(3)])
            #expect(log.head == 5)
        }
    }

    @Test("a retry by id succeeds although its expectation is no longer true")
    func retry() async throws {
        try await withLog { log in
            for _ in 0..<2 {
                let receipt = try await log.append(Self.expecting(.start, id: "once"))
                #expect(receipt.offset == 1)
            }
        }
    }

    @Test("of producers who expect the same, exactly one wins, in one group or in several")
    func race() async throws {
        try await withLog(unsynced) { log in
            for round in 0..<20 as Range<UInt64> {
                let wins = await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<8 {
                        group.addTask { (try? await log.append(Self.expecting(Offset(round)))) != nil }
                    }
                    return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(wins == 1)
                #expect(log.head == Offset(round + 1))
            }
        }
    }
}
