import Testing
import BitacoraServer
@testable import Marketplace

@Suite struct DraftBudgetTests {
    private let start = ContinuousClock.now

    @Test("the last draft may take more than is left, and the next one waits until the bucket is filled above zero")
    func taking() {
        var budget = DraftBudget(at: start)
        let taken = (0..<5).map { _ in budget.take(300, at: start) }
        #expect(taken == [true, true, true, true, false])
        let next = budget.nextTurn
        #expect(next > start && next < start + .milliseconds(7))
        let early = budget.take(300, at: start + .milliseconds(6))
        #expect(!early)
        let inTime = budget.take(300, at: next)
        #expect(inTime)
    }

    @Test("a long pause fills the bucket no further than its maximum")
    func resting() {
        var budget = DraftBudget(at: start)
        let later = start + .seconds(3600)
        var drafts = 0
        while budget.take(100, at: later) { drafts += 1 }
        #expect(drafts == DraftBudget.maximum / 100)
    }

    @Test("the long-term rate is `perSecond`, whatever the size of the chat", arguments: [0, 1, 10, 500, 20_000])
    func rate(present: Int) {
        var budget = DraftBudget(at: start)
        var (now, deliveries) = (start, 0)
        let end = start + .seconds(20)
        while now < end {
            while budget.take(present, at: now) { deliveries += max(1, present) }
            now = budget.nextTurn
        }
        let allowed = 20 * DraftBudget.perSecond + DraftBudget.maximum
        #expect(deliveries <= allowed + present)
        #expect(deliveries >= 20 * DraftBudget.perSecond - present)
    }
}
