import EventLog
import LMDB
import TestSupport
import Testing

@Suite("Record layout") struct RecordLayoutTests {
    private static let events = [
        NewEvent(
            topic: "auctions/42", type: "bid.placed", id: "id-1", source: "http",
            data: .json(Array(#"{"amount":7}"#.utf8))),
        NewEvent(topic: "ñ", type: "t", data: .bytes([0, 255, 1])),
        NewEvent(topic: "chat", type: "message.posted", source: "s", data: .bytes([])),
    ]

    /// The record by hand, from the table in `RecordLayout`.
    private static func record(_ event: NewEvent, _ time: Int64, after previous: [UInt8]) -> [UInt8] {
        var payload: [UInt8]
        let flags: UInt32
        switch event.data {
        case .json(let bytes): (payload, flags) = (bytes, 1)
        case .bytes(let bytes): (payload, flags) = (bytes, 0)
        }
        var rest = bytes(of: time) + bytes(of: UInt32(payload.count))
        rest += [
            event.type.utf8.count, event.id?.utf8.count ?? 0, event.topic.utf8.count, event.source?.utf8.count ?? 0,
        ].map { UInt8($0) }
        rest += bytes(of: flags)
        for name in [event.topic, event.type, event.id ?? "", event.source ?? ""] { rest += Array(name.utf8) }
        rest += payload
        return PlainSHA256.digest(previous + rest).prefix(16) + rest
    }

    @Test(
        "the second SHA-256 agrees with the standard's examples",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func standardExamples(text: String, digest: String) {
        let hex = PlainSHA256.digest(Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(hex == digest)
    }

    @Test("each record has the documented layout and is chained to the one before, the first to the log's id")
    func byteForByte() async throws {
        let clock = TestClock(1_767_323_045_678_901)
        try await withLog({ $0.clock = { clock.now } }) { log in
            try await log.append(Self.events)
            var previous = bytes(of: log.id.rawValue) + [UInt8](repeating: 0, count: 8)
            var records: [[UInt8]] = []
            _ = try log.scan(after: .start) { view in
                records.append(view.record.copied)
                return true
            }
            #expect(records.count == Self.events.count)
            for (event, record) in zip(Self.events, records) {
                #expect(record == Self.record(event, 1_767_323_045_678_901, after: previous))
                previous = Array(record.prefix(16))
            }
        }
    }

    @Test("the databases have native integers, as documented")
    func databases() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory)
            let id = log.id
            try await log.append(Self.events)
            log.close()
            try tamper(directory, .meta) { transaction, meta throws(LMDBError) in
                let (format, identity) = (Array("format".utf8), Array("id".utf8))
                #expect(try transaction.get(meta, format.span.bytes)?.copied == [2, 0, 0, 0])
                #expect(try transaction.get(meta, identity.span.bytes)?.copied == bytes(of: id.rawValue))
            }
            try tamper(directory, .ids) { transaction, ids throws(LMDBError) in
                let key = Array("id-1".utf8)
                #expect(try transaction.get(ids, key.span.bytes)?.copied == bytes(of: UInt64(1)))
            }
            try tamper(directory, .topics) { transaction, topics throws(LMDBError) in
                let key = Array("ñ".utf8)
                #expect(try transaction.get(topics, key.span.bytes)?.copied == bytes(of: UInt64(2)))
            }
        }
    }

    @Test("an event read is the event appended", arguments: SeededGenerator.seeds)
    func roundTrip(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let texts = ["a", "ñandú", "日本語", "e\u{301}", "\u{E9}", "x\"y\\z", String(repeating: "k", count: 127)]
        let events = (0..<300).map { number in
            NewEvent(
                topic: texts.randomElement(using: &random)! + "/\(number % 7)",
                type: texts.randomElement(using: &random)!,
                id: random.chance(1, of: 2) ? "id \(number)" : nil,
                source: random.chance(1, of: 2) ? texts.randomElement(using: &random)! : nil,
                data: random.chance(1, of: 2)
                    ? .json(Array("[\(number)]".utf8))
                    : .bytes((0..<random.number(0...9000)).map { _ in UInt8.random(in: .min ... .max, using: &random) })
            )
        }
        try await withLog(unsynced) { log in
            try await log.append(events)
            let page = try log.read()
            for (event, read) in zip(events, page.events) {
                #expect(Array(read.topic.utf8) == Array(event.topic.utf8))
                #expect((read.type, read.id, read.source) == (event.type, event.id, event.source))
                #expect(read.data == event.data)
            }
            #expect(page.events.map(\.offset) == (1...300).map { Offset($0) })
        }
    }
}
