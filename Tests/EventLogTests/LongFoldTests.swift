import EventLog
import Testing

@Suite("Folds of many events")
struct LongFoldTests {
    @Test("a fold of many events is enclosed in a beginning and an end, and an event that is appended later is not")
    func calls() async throws {
        try await withLog(unsynced) { log in
            _ = try await log.append((1...3).map { sample($0) })
            #expect(try log.state(of: CallList(), at: 2).state == ["begin", "1", "2", "end"])
            let state = try log.state(of: CallList(), at: 3, from: ["earlier"], reached: 2).state
            #expect(state == ["earlier", "begin", "3", "end"])
            let projector = try await log.project(CallList())
            let attached = projector.value.state
            #expect(attached.filter { Int($0) != nil } == ["1", "2", "3"] && attached.last == "end")
            _ = try await log.append([sample(4)])
            #expect(projector.value.state == attached + ["4"])
        }
    }
}

/// Folds the log into the calls that the projection gets.
private struct CallList: Projection {
    let name = "calls"
    let initial: [String] = []

    func apply(_ event: borrowing EventView, to calls: inout [String]) { calls.append("\(event.offset)") }
    func beginFold(into calls: inout [String]) { calls.append("begin") }
    func endFold(into calls: inout [String]) { calls.append("end") }
    func encode(_ calls: [String]) -> [UInt8] { Array(calls.joined(separator: ",").utf8) }
    func decode(_ bytes: [UInt8]) throws -> [String] {
        String(decoding: bytes, as: UTF8.self).split(separator: ",").map(String.init)
    }
}
