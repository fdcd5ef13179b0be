import Dispatch
import HTTPTypes
import TestSupport
import Testing
@testable import BitacoraServer

@Suite struct WorkGateTests {
    @Test("two run, eight wait, and the next is told to come again; then all are done")
    func bounds() async throws {
        let gate = WorkGate.folds()
        // Work on the pool's threads blocks: a semaphore holds it.
        let held = DispatchSemaphore(value: 0)
        let admitted = WorkGate.maximumRunning + gate.maximumWaiting
        let done = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<admitted {
                group.addTask {
                    try await gate.run {
                        held.wait()
                        return number
                    }
                }
            }
            while gate.load != (WorkGate.maximumRunning, gate.maximumWaiting) { await Task.yield() }
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

    @Test("what fails gives its place back")
    func failures() async throws {
        struct Failure: Error {}
        let gate = WorkGate.folds()
        for _ in 0..<5 { await #expect(throws: Failure.self) { try await gate.run { throw Failure() } } }
        #expect(gate.load == (0, 0))
    }
}
