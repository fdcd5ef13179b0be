import EventLog
import TestSupport
import Testing

/// An array beside the log: after every step both say the same.
@Suite("The log against a model") struct ModelTests {
    private struct Model {
        var events: [NewEvent] = []
        /// Of each projection, the offsets of the newest that are kept, with their states.
        var snapshots: [String: [Offset: [UInt8]]] = [:]

        func offset(ofID id: String) -> Offset? { events.firstIndex { $0.id == id }.map { Offset($0 + 1) } }

        func last(of topic: String) -> Offset {
            events.lastIndex { $0.topic == topic }.map { Offset($0 + 1) } ?? .start
        }

        /// What appending must give; nil when it must be refused.
        mutating func append(_ batch: [NewEvent]) -> [Offset]? {
            let before = self
            var offsets: [Offset] = []
            for event in batch {
                if let id = event.id, let known = offset(ofID: id) {
                    let other = events[Int(known.rawValue) - 1]
                    guard other.topic == event.topic, other.type == event.type, other.data == event.data else {
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

        /// The offsets after `after` up to `through` of the events that match.
        func offsets(after: Int, through: Int, topic: String?, type: String?) -> [Offset] {
            (after..<max(after, min(through, events.count))).filter { index in
                (topic == nil || events[index].topic == topic) && (type == nil || events[index].type == type)
            }.map { Offset($0 + 1) }
        }

        mutating func save(_ snapshot: Snapshot) {
            snapshots[snapshot.name, default: [:]][snapshot.offset] = snapshot.state
            let kept = Set(
                snapshots[snapshot.name, default: [:]].keys.filter { $0 != snapshot.offset }.sorted().suffix(
                    Snapshot.kept - 1) + [snapshot.offset])
            snapshots[snapshot.name] = snapshots[snapshot.name]?.filter { kept.contains($0.key) }
        }
    }

    private static func event(_ random: inout SeededGenerator, _ model: Model) -> NewEvent {
        let topic = "t/\(random.number(0...9))"
        var event = sample(random.number(0...999), topic: topic, type: "t.\(random.number(0...2))")
        if random.chance(1, of: 3) {
            let id = "id \(random.number(0...400))"
            event.id = id
            // Mostly a retry of what has the id; the rest is a conflict.
            if random.chance(2, of: 3), let known = model.offset(ofID: id) {
                let first = model.events[Int(known.rawValue) - 1]
                event = NewEvent(topic: first.topic, type: first.type, id: id, data: first.data)
            }
        }
        if random.chance(1, of: 6) {
            event.expectedOffset = random.chance(2, of: 3) ? model.last(of: topic) : Offset(random.number(0...50))
        }
        return event
    }

    @Test(
        "under thousands of random appends, snapshots, reads and reopenings the log is the array",
        arguments: SeededGenerator.seeds)
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
                    let batch = (0..<(random.chance(1, of: 4) ? random.number(1...12) : 1)).map { _ in
                        Self.event(&random, model)
                    }
                    let expected = model.append(batch)
                    let got = try? await log.append(batch).offsets
                    #expect(got == expected, "step \(step)")
                case 60..<80:
                    let after = random.number(0...model.events.count)
                    let events = try log.read(after: Offset(after), limit: 20).events
                    #expect(
                        events.map(\.offset) == (after..<min(after + 20, model.events.count)).map { Offset($0 + 1) })
                    for event in events {
                        let other = model.events[Int(event.offset.rawValue) - 1]
                        #expect(
                            (event.topic, event.type, event.id, event.data) == (
                                other.topic, other.type, other.id, other.data
                            ))
                    }
                case 80..<86:
                    let id = "id \(random.number(0...400))"
                    #expect(try log.offset(ofID: id) == model.offset(ofID: id))
                case 86..<90:
                    let (after, through) = (random.number(0...model.events.count), random.number(0...3010))
                    let topic = random.chance(2, of: 3) ? "t/\(random.number(0...11))" : nil
                    let type = random.chance(1, of: 2) ? "t.\(random.number(0...3))" : nil
                    let filter = EventFilter(
                        topics: try topic.map { [try #require(TopicPattern($0))] } ?? [], types: type.map { [$0] } ?? []
                    )
                    let expected = model.offsets(after: after, through: through, topic: topic, type: type)
                    let page = try log.read(after: Offset(after), through: Offset(through), filter: filter, limit: 50)
                    #expect(page.events.map(\.offset) == Array(expected.prefix(50)), "step \(step)")
                    let backward = try log.readBackward(
                        before: Offset(through).next, from: Offset(after).next, filter: filter, limit: 50)
                    #expect(backward.events.map(\.offset) == Array(expected.reversed().prefix(50)), "step \(step)")
                case 90..<93:
                    let state = [UInt8](
                        repeating: UInt8(step & 0xFF),
                        count: random.chance(1, of: 3) ? random.number(0...80_000) : random.number(0...99))
                    let snapshot = Snapshot(
                        name: "projection \(random.number(0...2))",
                        offset: Offset(random.number(0...model.events.count)), state: state)
                    try await log.save(snapshot)
                    model.save(snapshot)
                    let kept = model.snapshots.keys.sorted().flatMap { name in
                        model.snapshots[name, default: [:]].sorted { $0.key < $1.key }.map {
                            "\(name) \($0.key) \($0.value.count)"
                        }
                    }
                    #expect(try log.snapshots().map { "\($0.name) \($0.offset) \($0.size)" } == kept, "step \(step)")
                case 93:
                    let statistics = try log.statistics()
                    #expect(
                        statistics.events == model.events.count
                            && statistics.ids == Set(model.events.compactMap(\.id)).count)
                    #expect(try log.topics().map(\.name) == Set(model.events.map(\.topic)).sorted())
                default:
                    let topic = "t/\(random.number(0...9))"
                    let page = try log.readBackward(filter: EventFilter(topics: [TopicPattern(topic)!]), limit: 1)
                    #expect(page.events.first?.offset ?? .start == model.last(of: topic))
                }
                #expect(log.head == Offset(model.events.count))
            }
            #expect(try log.verify().isSound)
            log.close()
            #expect(try EventLog.checkStructure(directory: directory) == [])
        }
    }
}
