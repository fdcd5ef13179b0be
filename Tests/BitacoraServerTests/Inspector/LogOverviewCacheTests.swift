import EventLog
import Synchronization
import Testing
@testable import BitacoraServer

@Suite struct LogOverviewCacheTests {
    @Test("an overview is cached until events were appended or trimmed and a time has passed")
    func freshness() async throws {
        try await withLog { log in
            let time = Mutex(ContinuousClock.now)
            let overviews = LogOverviewCache(log: log) { time.withLock { $0 } }
            try await log.append(samples(10))
            #expect(try await overviews.current().statistics.events == 10)
            try await log.trim(before: 6, projections: [])
            #expect(try await overviews.current().statistics.events == 10)
            time.withLock { $0 += .seconds(2) }
            let trimmed = try await overviews.current().statistics
            #expect((trimmed.events, trimmed.first) == (5, 6))
            try await log.append(sample())
            time.withLock { $0 += .seconds(2) }
            #expect(try await overviews.current().statistics.events == 6)
        }
    }
}
