import Dispatch
import HTTPTypes
import TestSupport
import Testing
@testable import BitacoraServer

@Suite struct ConcurrencyLimiterTests {
    @Test("two run, eight wait, the next is rejected as busy, and all others finish")
    func bounds() async throws {
        let gate = ConcurrencyLimiter.forPastStates()
        // Work on the pool's threads blocks: a semaphore holds it.
        let held = DispatchSemaphore(value: 0)
        let admitted = ConcurrencyLimiter.maximumRunning + gate.maximumWaiting
        let done = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<admitted {
                group.addTask {
                    try await gate.run {
                        held.wait()
                        return number
                    }
                }
            }
            while gate.load != (ConcurrencyLimiter.maximumRunning, gate.maximumWaiting) { await Task.yield() }
            let problem = await #expect(throws: Problem.self) { try await gate.run {} }
            #expect(problem?.status == .serviceUnavailable)
            #expect(problem?.code == "busy")
            #expect(problem?.headers[.retryAfter] == "1")
            for _ in 0..<admitted { held.signal() }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(done == Set(0..<admitted))
        #expect(gate.load == (0, 0))
    }

    @Test("work that fails lets the next caller run")
    func failures() async throws {
        struct Failure: Error {}
        let gate = ConcurrencyLimiter.forPastStates()
        for _ in 0..<5 { await #expect(throws: Failure.self) { try await gate.run { throw Failure() } } }
        #expect(gate.load == (0, 0))
    }
}
