import Dispatch
import EventLog
import JSON
import Marketplace
import Synchronization
import TestSupport
import Testing
@testable import BitacoraServer

@Suite struct StateHistoryTests {
    @Test(
        "a past state is the fold up to its offset, whatever is cached", arguments: SeededGenerator.seeds)
    func folds(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        try await withLog { log in
            let projector = try await log.project(MarketplaceProjection())
            let history = StateHistory(projector, in: log)
            var expected = [projector.value.state]
            for number in 1...120 {
                let data = #"{"id":\#(number),"title":"t","code":"c\#(number)","price":\#(number)}"#
                try await log.append(
                    NewEvent(topic: "products", type: "product.created", data: .json(Array(data.utf8))))
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

    /// ```
    /// fold                                      trim
    /// mark 10
    /// applies event 20, waits here ───────────► removes the events before `first`
    /// mark 20, from the view it began with ◄─── done
    /// mark 30: what comes after 20 is gone
    /// ```
    @Test("after a trim between two marks, the state is right or the read is rejected")
    func trimBetweenMarks() async throws {
        let asked: Offset = 100
        for (first, isKept) in [(80, true), (100, true), (101, true), (102, false), (150, false)] as [(Offset, Bool)] {
            try await withLog { log in
                let projector = try await log.project(SumProjection())
                try await log.append(
                    (1...160).map { NewEvent(topic: "t", type: "x", data: .json(Array("\($0)".utf8))) })
                let history = StateHistory(projector, in: log)
                Sum.beforeMark.withLock { hook in
                    hook = {
                        let isTrimmed = DispatchSemaphore(value: 0)
                        Task {
                            defer { isTrimmed.signal() }
                            try await log.trim(before: first, projections: [SumProjection()])
                        }
                        isTrimmed.wait()
                    }
                }
                let right: Result<Sum, ReadError> = isKept ? .success(Sum(of: asked)) : .failure(.gone(first: first))
                #expect(await Self.state(at: asked, in: history) == right, "trimmed before \(first)")
                #expect(log.first == first)
                // The cached states are gone.
                #expect(await Self.state(at: asked, in: history) == right, "trimmed before \(first)")
                #expect(await Self.state(at: 20, in: history) == .failure(.gone(first: first)))
                #expect(await Self.state(at: 155, in: history) == .success(Sum(of: 155)))
            }
        }
    }

    /// Reads on a thread that may wait.
    private static func state(
        at offset: Offset, in history: StateHistory<SumProjection>
    ) async -> Result<Sum, ReadError> {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: Result { () throws(ReadError) in try history.state(at: offset) })
            }
        }
    }
}

/// A digest of a run of events, different for different runs.
private struct SumProjection: Projection {
    let name = "sum"
    let initial = Sum()

    func apply(_ event: borrowing EventView, to sum: inout Sum) { sum.apply(event) }
    func encode(_ sum: Sum) -> [UInt8] { sum.encoded() }
    func decode(_ bytes: [UInt8]) throws -> Sum { try Sum(decoding: bytes) }
}

private struct Sum: Equatable {
    /// Runs once, when event 20 is applied.
    static let beforeMark = Mutex<(@Sendable () -> Void)?>(nil)

    private(set) var value: UInt64 = 0

    init() {}

    /// The digest of all events up to an offset.
    init(of last: Offset) {
        for offset in 1...last.rawValue { add(offset) }
    }

    init(decoding bytes: [UInt8]) throws {
        value = UInt64(String(decoding: bytes, as: UTF8.self)) ?? 0
    }

    func encoded() -> [UInt8] { Array("\(value)".utf8) }

    mutating func apply(_ event: borrowing EventView) {
        add(event.offset.rawValue)
        guard event.offset == 20 else { return }
        let hook = Self.beforeMark.withLock { hook in
            defer { hook = nil }
            return hook
        }
        hook?()
    }

    private mutating func add(_ offset: UInt64) { value = value &* 31 &+ offset }
}
