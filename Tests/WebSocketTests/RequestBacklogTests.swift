import NIOHTTP1
import Testing
@testable import WebSocket

@Suite("Backlog of requests")
struct RequestBacklogTests {
    private func status(_ next: RequestBacklog.Next?) -> UInt? {
        if case .item(.failure(let rejection)) = next { rejection.status.code } else { nil }
    }

    private func next(_ backlog: inout RequestBacklog) -> RequestBacklog.Next? {
        backlog.next(exchangeMayOpen: true, isAnswerDue: false)
    }

    @Test("items come out in the order in which they went in, also when both happen by turns")
    func order() {
        var backlog = RequestBacklog()
        var had = [backlog.append(.failure(.malformed)), backlog.append(.failure(.targetTooLong(1)))]
        var statuses = [status(next(&backlog))]
        had.append(backlog.append(.failure(.requestTimeout(.seconds(1)))))
        for _ in 0..<3 { statuses.append(status(next(&backlog))) }
        #expect(had == [true, true, true])
        #expect(statuses == [400, 414, 408, nil])
        #expect(backlog.isEmpty)
    }

    @Test("a full backlog accepts no item until one is removed")
    func full() {
        var backlog = RequestBacklog()
        let had = (0...RequestBacklog.capacity).filter { _ in backlog.append(.inputClosed) }
        #expect(had.count == RequestBacklog.capacity)
        _ = next(&backlog)
        let again = [backlog.append(.inputClosed), backlog.append(.inputClosed)]
        #expect(again == [true, false])
        backlog.removeAll()
        #expect(backlog.isEmpty)
    }

    @Test("a waiting exchange comes out before all items, when it may open")
    func exchange() {
        var backlog = RequestBacklog()
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
        _ = backlog.append(.failure(.malformed))
        backlog.hold(PendingExchange(head: head) { _ in fatalError("nothing opens the exchange") })
        #expect(backlog.next(exchangeMayOpen: false, isAnswerDue: false) == nil)
        if case .exchange(let exchange) = next(&backlog) {
            #expect(exchange.head == head)
        } else {
            Issue.record("the exchange did not come out first")
        }
        #expect(backlog.isBlocking)
        #expect(status(next(&backlog)) == 400)
        #expect(!backlog.isBlocking)
    }

    @Test("items wait while an answer is due")
    func answerDue() {
        var backlog = RequestBacklog()
        _ = backlog.append(.failure(.malformed))
        #expect(backlog.next(exchangeMayOpen: true, isAnswerDue: true) == nil)
        #expect(status(next(&backlog)) == 400)
    }

    @Test("what is read while the backlog is drained waits as well")
    func draining() {
        var backlog = RequestBacklog()
        backlog.isDraining = true
        #expect(backlog.isEmpty && backlog.isBlocking)
    }
}
