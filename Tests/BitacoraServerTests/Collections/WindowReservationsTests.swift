import HTTPTypes
import KeyedRows
import Testing
@testable import BitacoraServer

@Suite struct WindowReservationsTests {
    private func query(_ limit: Int) -> RowQueryID { RowQueryID(RowQuery(limit: limit)) }

    @Test("at the limit of searches in all collections, a new query is refused with 503 and Retry-After")
    func searches() throws {
        let reservations = WindowReservations(maximumSearches: 2)
        try reservations.add("a", query(1))
        try reservations.add("b", query(1))
        let problem = #expect(throws: Problem.self) { try reservations.add("c", query(1)) }
        #expect(problem?.status == .serviceUnavailable && problem?.code == "busy")
        #expect(problem?.headers[.retryAfter] == "1")
        #expect(problem?.detail.contains("2 queries of live readers, which is the limit") == true)
        // A further reader of a query needs no search.
        try reservations.add("a", query(1))
        reservations.endSearch("a", query(1))
        reservations.endSearch("a", query(1))
        try reservations.add("c", query(1))
        #expect(throws: Problem.self) { try reservations.add("c", query(2)) }
    }

    @Test("when the last reader of a query leaves, another query can be searched")
    func frees() throws {
        let reservations = WindowReservations(maximumSearches: 1)
        for _ in 0..<3 {
            try reservations.add("a", query(1))
            try reservations.add("a", query(1))
            #expect(!reservations.remove("a", query(1)))
            #expect(throws: Problem.self) { try reservations.add("a", query(2)) }
            #expect(reservations.remove("a", query(1)))
            #expect(reservations.isEmpty)
        }
        try reservations.add("a", query(1))
        reservations.endSearch("a", query(1))
        #expect(reservations.remove("a", query(1)))
        // The query that ended was counted once.
        try reservations.add("a", query(2))
        #expect(throws: Problem.self) { try reservations.add("a", query(3)) }
    }
}
