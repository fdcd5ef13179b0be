import EventLog
import JSON
import Marketplace
import TestSupport
import Testing
@testable import BitacoraServer

@Suite struct StateHistoryTests {
    @Test("whatever was asked for before, a state of the past is the fold up to there", arguments: SeededGenerator.seeds)
    func folds(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        try await withLog { log in
            let projector: Projector<MarketplaceState> = try await log.project()
            let history = StateHistory(projector, in: log)
            var expected = [projector.value.state]
            for number in 1...120 {
                let data = #"{"id":\#(number),"title":"t","code":"c\#(number)","price":\#(number)}"#
                try await log.append(NewEvent(topic: "products", type: "product.created", data: .json(Array(data.utf8))))
                expected.append(projector.value.state)
                if random.chance(1, of: 30) { _ = try await projector.saveSnapshot() }
                let place = Int.random(in: 0..<expected.count, using: &random)
                #expect(try history.state(at: Offset(UInt64(place))) == expected[place])
            }
            for place in expected.indices.shuffled(using: &random) {
                #expect(try history.state(at: Offset(UInt64(place))) == expected[place])
            }
        }
    }
}
