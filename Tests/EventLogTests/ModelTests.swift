import EventLog
import TestSupport
import Testing

/// An array beside the log: after every step both say the same.
@Suite("The log against a model") struct ModelTests {
    private struct Model {
        var events: [NewEvent] = []

        func offset(ofID id: String) -> Offset? { events.firstIndex { $0.id == id }.map { Offset($0 + 1) } }

        func last(of topic: String) -> Offset { events.lastIndex { $0.topic == topic }.map { Offset($0 + 1) } ?? .start }

        /// What appending must give; nil when it must be refused.
        mutating func append(_ batch: [NewEvent]) -> [Offset]? {
            let before = self
            var offsets: [Offset] = []
            for event in batch {
                if let id = event.id, let known = offset(ofID: id) {
                    let other = events[Int(known.rawValue) - 1]
                    guard other.topic == event.topic, other.type == event.type else {
                        self = before
                        return nil
                    }
                    offsets.append(known)
                    continue
                }
                if let expected = event.expectedOffset, before.last(of: event.topic) != expected {
                    self = before
                    return nil
                }
                events.append(event)
                offsets.append(Offset(events.count))
            }
            return offsets
        }
    }

    private static func event(_ random: inout SeededGenerator, _ model: Model) -> NewEvent {
        let topic = "t/\(random.number(0...9))"
        var event = sample(random.number(0...999), topic: topic, type: "t.\(random.number(0...2))")
        if random.chance(1, of: 3) { event.id = "id \(random.number(0...400))" }
        if random.chance(1, of: 6) { event.expectedOffset = random.chance(2, of: 3) ? model.last(of: topic) : Offset(random.number(0...50)) }
        return event
    }

    @Test("under thousands of random appends, reads and reopenings the log is the array", arguments: SeededGenerator.seeds)
    func agrees(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var model = Model()
        try await withTemporaryDirectory { directory in
            func reopen() throws -> EventLog {
                try openLog(directory) {
                    unsynced(&$0)
                    $0.mapSize = 1 << 17
                }
            }
            var log = try reopen()
            for step in 0..<3000 {
                switch random.number(0...99) {
                case 0:
                    log.close()
                    log = try reopen()
                case 1..<60:
                    let batch = (0..<(random.chance(1, of: 4) ? random.number(1...12) : 1)).map { _ in Self.event(&random, model) }
                    let expected = model.append(batch)
                    let got = try? await log.append(batch).offsets
                    #expect(got == expected, "step \(step)")
                case 60..<80:
                    let after = random.number(0...model.events.count)
                    let events = try log.read(after: Offset(after), limit: 20).events
                    #expect(events.map(\.offset) == (after..<min(after + 20, model.events.count)).map { Offset($0 + 1) })
                    for event in events {
                        let other = model.events[Int(event.offset.rawValue) - 1]
                        #expect((event.topic, event.type, event.id, event.data) == (other.topic, other.type, other.id, other.data))
                    }
                case 80..<90:
                    let id = "id \(random.number(0...400))"
                    #expect(try log.offset(ofID: id) == model.offset(ofID: id))
                default:
                    let topic = "t/\(random.number(0...9))"
                    let page = try log.readBackward(filter: EventFilter(topics: [TopicPattern(topic)!]), limit: 1)
                    #expect(page.events.first?.offset ?? .start == model.last(of: topic))
                }
                #expect(log.head == Offset(model.events.count))
            }
            #expect(try log.verify().isSound)
            log.close()
        }
    }
}
