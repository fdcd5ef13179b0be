@testable import SocketIO
import TestSupport
import Testing

@Suite struct UnjoinedSessionsTests {
    private typealias Source = UnjoinedSessions.Source

    private static func source(_ address: String?, _ port: Int?) -> Source { Source(address: address, port: port) }

    @Test("they are limited by connection and by address; sessions that end make room")
    func limits() {
        var sessions = UnjoinedSessions(maximumPerConnection: 2, maximumPerAddress: 3)
        let (one, two, other) = (Self.source("a", 1), Self.source("a", 2), Self.source("b", 1))
        sessions.add("1", from: one)
        #expect(sessions.refusal(of: one) == nil)
        sessions.add("2", from: one)
        #expect(sessions.refusal(of: one) == .tooManyUnjoined("connection", 2))
        sessions.add("3", from: two)
        #expect(sessions.refusal(of: two) == .tooManyUnjoined("address", 3))
        #expect(sessions.refusal(of: other) == nil)
        sessions.remove("1")
        sessions.remove("1")
        #expect(sessions.refusal(of: one) == nil && sessions.refusal(of: two) == nil)
        #expect(sessions.count == 2)
    }

    @Test("unknown addresses and ports are not counted")
    func unknown() {
        var sessions = UnjoinedSessions(maximumPerConnection: 1, maximumPerAddress: 1)
        for id in 0..<10 { sessions.add("\(id)", from: Self.source(nil, nil)) }
        #expect(sessions.refusal(of: Self.source(nil, nil)) == nil)
        #expect(sessions.count == 10)
    }

    @Test("the oldest goes first")
    func order() {
        var sessions = UnjoinedSessions(maximumPerConnection: 9, maximumPerAddress: 9)
        for id in ["1", "2", "3", "4"] { sessions.add(id, from: Self.source("a", 1)) }
        sessions.remove("2")
        sessions.remove("4")
        let gone = (0..<3).map { _ in sessions.removeOldest() }
        #expect(gone == ["1", "3", nil])
        #expect(sessions.count == 0)
        #expect(sessions.refusal(of: Self.source("a", 1)) == nil)
    }

    @Test(
        "after any additions and removals, the oldest is the same as in a plain list", arguments: SeededGenerator.seeds)
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var sessions = UnjoinedSessions(maximumPerConnection: 1_000, maximumPerAddress: 1_000)
        var model: [String] = []
        for number in 0..<5_000 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                sessions.add("\(number)", from: Self.source("a", Int.random(in: 0..<3, using: &random)))
                model.append("\(number)")
            case 2 where !model.isEmpty:
                sessions.remove(model.remove(at: Int.random(in: model.indices, using: &random)))
            default:
                let expected = model.isEmpty ? nil : model.removeFirst()
                let oldest = sessions.removeOldest()
                #expect(oldest == expected, "seed \(seed)")
            }
            #expect(sessions.count == model.count, "seed \(seed)")
        }
    }
}
