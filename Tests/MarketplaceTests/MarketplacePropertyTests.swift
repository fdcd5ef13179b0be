import Commands
import JSON
import TestSupport
import Testing
@testable import Marketplace

@Suite("Marketplace properties")
struct MarketplacePropertyTests {
    @Test("any commands leave a sound state that agrees with a plain model", arguments: SeededGenerator.seeds)
    func randomCommands(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var state = MarketplaceState()
        var model: [Int: String] = [:]
        var created = 0
        var head: UInt64 = 0
        for step in 0..<600 {
            let comment: Comment = "seed \(seed), step \(step)"
            let command = RandomCommands.command(for: state, using: &random)
            for event in (try? state.decide(command)) ?? [] {
                head += 1
                state.apply(offset: head, topic: event.topic, type: event.type, data: event.data.bytes)
                follow(event, in: &model, created: &created)
            }
            #expect(state.isSound, comment)
            #expect(state.nextProductID == created + 1, comment)
            #expect(state.productsInOrder.map(\.id) == model.keys.sorted(), comment)
            #expect(state.productsInOrder.allSatisfy { model[$0.id] == $0.code }, comment)
        }
        #expect(created > 50, "seed \(seed) made too few products to check anything")
    }

    @Test("a state that went through its snapshot is equal and behaves the same", arguments: SeededGenerator.seeds)
    func snapshots(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var state = MarketplaceState()
        var restored = state
        for step in 0..<600 {
            let comment: Comment = "seed \(seed), step \(step)"
            if step % 60 == 0 { restored = try MarketplaceState(decoding: state.encoded()) }
            #expect(restored == state, comment)
            let command = RandomCommands.command(for: state, using: &random)
            let events = Result { try state.decide(command) }
            #expect(same(events, Result { try restored.decide(command) }), comment)
            for event in (try? events.get()) ?? [] {
                state.apply(offset: UInt64(step), event)
                restored.apply(offset: UInt64(step), event)
            }
        }
    }

    @Test("any events, damaged ones too, leave a sound state", arguments: SeededGenerator.seeds)
    func randomEvents(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var state = MarketplaceState()
        for step in 0..<1_000 {
            let event = RandomCommands.event(for: state, using: &random)
            state.apply(offset: UInt64(step), topic: event.topic, type: event.type, data: event.data)
            #expect(state.isSound, "seed \(seed), step \(step)")
        }
        #expect(state.nextProductID > 10, "seed \(seed) made too few products to check anything")
        #expect(try MarketplaceState(decoding: state.encoded()) == state, "seed \(seed)")
    }

    private func follow(_ event: DecidedEvent, in model: inout [Int: String], created: inout Int) {
        guard let id = event.data["id"]?.int else { return }
        switch event.type {
        case "product.created":
            created += 1
            #expect(id == created)
            model[id] = event.data["code"]?.string
        case "product.updated": model[id] = event.data["code"]?.string ?? model[id]
        default: model[id] = nil
        }
        #expect(Set(model.values).count == model.count)
    }

    private func same(_ left: Result<[DecidedEvent], any Error>, _ right: Result<[DecidedEvent], any Error>) -> Bool {
        switch (left, right) {
        case (.success(let left), .success(let right)): left == right
        case (.failure(let left), .failure(let right)): left as? Refusal == right as? Refusal
        default: false
        }
    }
}
