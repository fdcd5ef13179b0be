import EventLog
import JSON
import Synchronization
import Testing

@Suite("Append") struct AppendTests {
    @Test("offsets are dense from 1, and the receipt has them")
    func denseOffsets() async throws {
        try await withLog { log in
            #expect(log.head == .start)
            #expect(try await log.append(sample()).offsets == [1])
            let receipt = try await log.append(samples(1...3))
            #expect(receipt.offsets == [2, 3, 4])
            #expect((receipt.offset, receipt.head, receipt.duplicates) == (4, 4, 0))
            #expect(log.head == 4)
            #expect(try log.read().events.map(\.offset) == [1, 2, 3, 4])
            #expect(log.position == Position(log: log.id, offset: 4))
        }
    }

    @Test("time never goes back, whatever the clock does")
    func monotoneTime() async throws {
        let clock = TestClock(1000)
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory) { $0.clock = { clock.now } }
            for time in [2000, 1500, -7, 2500] as [Int64] {
                clock.set(time)
                try await log.append(sample())
            }
            log.close()
            clock.set(100)
            let again = try openLog(directory) { $0.clock = { clock.now } }
            defer { again.close() }
            try await again.append(sample())
            #expect(try again.read().events.map(\.time.rawValue) == [2000, 2000, 2000, 2500, 2500])
        }
    }

    @Test(
        "an event is found by its time",
        arguments: [(0, 1), (10, 1), (11, 2), (20, 2), (21, 4), (30, 4), (31, 5)] as [(Int64, UInt64)])
    func byTime(time: Int64, offset: UInt64) async throws {
        let clock = TestClock(0)
        try await withLog({ $0.clock = { clock.now } }) { log in
            for time in [10, 20, 20, 30] as [Int64] {
                clock.set(time)
                try await log.append(sample())
            }
            #expect(try log.offset(at: Timestamp(microseconds: time)) == Offset(offset))
        }
    }

    private static func long(_ count: Int) -> String { String(repeating: "k", count: count) }

    private static let limits: [(NewEvent, String, AppendError.Code, String)] =
        [
            (sample(topic: long(256)), "topic", .tooLarge, "topic is 256 bytes; the limit is 255"),
            (sample(topic: "ñ" + long(254)), "topic", .tooLarge, "topic is 256 bytes; the limit is 255"),
            (sample(type: long(128)), "type", .tooLarge, "type is 128 bytes; the limit is 127"),
            (sample(id: long(256)), "id", .tooLarge, "id is 256 bytes; the limit is 255"),
            (
                NewEvent(topic: "t", type: "t", source: long(256), data: .bytes([])), "source", .tooLarge,
                "source is 256 bytes; the limit is 255"
            ),
            (
                NewEvent(topic: "t", type: "t", data: .bytes([UInt8](repeating: 0, count: 1025))), "data", .tooLarge,
                "data is 1025 bytes; the limit is 1024"
            ),
            (sample(topic: ""), "topic", .invalidEvent, "topic is empty"),
            (sample(type: ""), "type", .invalidEvent, "type is empty"),
            (sample(id: ""), "id", .invalidEvent, "id is empty"),
            (NewEvent(topic: "t", type: "t", source: "", data: .bytes([])), "source", .invalidEvent, "source is empty"),
            (sample(topic: "/a"), "topic", .invalidEvent, "topic has an empty level; write levels as in auctions/42"),
            (sample(topic: "a/"), "topic", .invalidEvent, "topic has an empty level; write levels as in auctions/42"),
            (sample(topic: "a//b"), "topic", .invalidEvent, "topic has an empty level; write levels as in auctions/42"),
            (sample(topic: "/"), "topic", .invalidEvent, "topic has an empty level; write levels as in auctions/42"),
            (sample(topic: "a/*"), "topic", .invalidEvent, "topic must not contain *, which is for patterns"),
            (sample(topic: "a\nb"), "topic", .invalidEvent, "topic contains a control character"),
            (sample(topic: "a\u{0}"), "topic", .invalidEvent, "topic contains a control character"),
            (sample(type: "a\u{7F}"), "type", .invalidEvent, "type contains a control character"),
            (sample(id: "a\u{85}"), "id", .invalidEvent, "id contains a control character"),
            (
                NewEvent(topic: "t", type: "t", source: "\u{9F}", data: .bytes([])), "source", .invalidEvent,
                "source contains a control character"
            ),
        ]
        + [
            "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener", "replayed",
            "reset", "ack",
        ].map {
            (sample(type: $0), "type", .invalidEvent, "type \($0) is reserved; choose another name")
        }

    @Test(
        "an event that exceeds a limit or is malformed is refused with the field and the limit; nothing is written",
        arguments: limits)
    func refused(event: NewEvent, field: String, code: AppendError.Code, message: String) async throws {
        try await withLog({ $0.limits = EventLimits(data: 1024) }) { log in
            for (events, index) in [([event], nil), ([sample(), event], 1)] as [([NewEvent], Int?)] {
                let error = await #expect(throws: AppendError.self) { try await log.append(events) }
                #expect(error == AppendError(code, message, field: field, index: index))
            }
            #expect(log.head == .start)
            let receipt = try await log.append(sample())
            #expect(receipt.offset == 1)
        }
    }

    @Test(
        "an event just within the limits is appended",
        arguments: [
            sample(topic: long(255), type: long(127), id: long(255)),
            NewEvent(
                topic: "a b/\u{A0}/é", type: "connected", source: long(255),
                data: .bytes([UInt8](repeating: 0, count: 1024))),
            sample(type: "ack.sent"),
        ])
    func accepted(event: NewEvent) async throws {
        try await withLog({ $0.limits = EventLimits(data: 1024) }) { log in
            try await log.append(event)
            #expect(try log.event(at: 1)?.topic == event.topic)
        }
    }

    @Test("16 MiB of data can be allowed, appended and read")
    func largestData() async throws {
        try await withLog({ $0.limits = EventLimits(data: EventLimits.maximumData) }) { log in
            let data = [UInt8](repeating: 9, count: EventLimits.maximumData)
            try await log.append([NewEvent(topic: "t", type: "t", data: .bytes(data)), sample()])
            #expect(try log.event(at: 1)?.data == .bytes(data))
            #expect(try log.verify().isSound)
        }
    }

    @Test("an append is bounded in count and bytes, and never empty")
    func batchBounds() async throws {
        try await withLog({ unsynced(&$0) }) { log in
            let tooMany = await #expect(throws: AppendError.self) { try await log.append(samples(1...10_001)) }
            #expect(tooMany == AppendError(.tooLarge, "the append has 10001 events; the limit is 10000"))
            let big = NewEvent(topic: "t", type: "t", data: .bytes([UInt8](repeating: 0, count: 1 << 20)))
            let tooLarge = await #expect(throws: AppendError.self) {
                try await log.append([NewEvent](repeating: big, count: 32))
            }
            #expect(
                tooLarge?.code == .tooLarge
                    && tooLarge?.message.hasSuffix("the limit is \(EventLimits.batchBytes)") == true)
            let none = await #expect(throws: AppendError.self) { try await log.append([]) }
            #expect(none?.code == .invalidEvent)
            let most = try await log.append(samples(1...10_000))
            #expect(most.head == 10_000)
        }
    }

    @Test(
        "JSON is checked and kept without spaces",
        arguments: [
            ("{ \"a\" : [ 1 , 2.50 ] }", #"{"a":[1,2.50]}"#), ("\n null \t", "null"), (#"" a b ""#, #"" a b ""#),
            ("", nil), ("{", nil), ("{} x", nil), ("[1,]", nil), ("\"\u{1}\"", nil),
            (String(repeating: "[", count: 1000), nil),
        ] as [(String, String?)])
    func json(text: String, kept: String?) throws {
        if let kept {
            #expect(try EventData.json(checking: Array(text.utf8)).text == kept)
        } else {
            let error = #expect(throws: AppendError.self) { try EventData.json(checking: Array(text.utf8)) }
            #expect(
                error?.code == .invalidEvent && error?.field == "data"
                    && error?.message.hasPrefix("data is not JSON: ") == true)
        }
    }

    @Test("a second close does nothing; appending throws closed and reading fails")
    func closed() async throws {
        try await withLog { log in
            try await log.append(sample())
            #expect(log.failure == nil)
            log.close()
            log.close()
            let error = await #expect(throws: AppendError.self) { try await log.append(sample()) }
            #expect(error?.code == .closed)
            #expect(log.failure?.code == .closed)
            #expect(throws: ReadError.self) { try log.read() }
        }
    }
}
