import NIOHTTP1
import Testing
@testable import WebSocket

@Suite("Backlog of requests")
struct RequestBacklogTests {
    private func status(_ item: RequestBacklog.Item?) -> UInt? {
        if case .failure(let refusal) = item { refusal.status.code } else { nil }
    }

    @Test("items come out in the order in which they went in, also when both happen by turns")
    func order() {
        var backlog = RequestBacklog()
        var had = [backlog.append(.failure(.malformed)), backlog.append(.failure(.targetTooLong(1)))]
        var statuses = [status(backlog.popFirst())]
        had.append(backlog.append(.failure(.requestTimeout(.seconds(1)))))
        for _ in 0..<3 { statuses.append(status(backlog.popFirst())) }
        #expect(had == [true, true, true])
        #expect(statuses == [400, 414, 408, nil])
        #expect(backlog.isEmpty)
    }

    @Test("a full backlog takes nothing until something is taken out")
    func full() {
        var backlog = RequestBacklog()
        let had = (0...RequestBacklog.capacity).filter { _ in backlog.append(.inputClosed) }
        #expect(had.count == RequestBacklog.capacity)
        _ = backlog.popFirst()
        let again = [backlog.append(.inputClosed), backlog.append(.inputClosed)]
        #expect(again == [true, false])
        backlog.removeAll()
        #expect(backlog.isEmpty)
    }
}
