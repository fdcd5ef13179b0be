import EventLog
import JSON
import TestSupport
import Testing
@testable import BitacoraServer

/// The inspector and the API on a log with damaged events.
@Suite struct DamagedLogPageTests {
    /// A server on a log of 300 events, of which 100 and 290 are damaged, and with a snapshot of the marketplace at its
    /// head.
    private func withDamagedLog(
        _ damage: [UInt64] = [100, 290], _ body: (RunningServer) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let data = directory + "/log"
            try await withServer(data: data) { server in
                let events = (1...300).map { #"{"topic":"t/\#($0 % 2)","type":"x","data":"text \#($0)"}"# }
                let answer = try await server.request("POST", "/api/events", body: "[\(events.joined(separator: ","))]")
                #expect(answer.status == 201, "\(answer.body)")
            }
            try DamagedRecords.damage(damage, in: data)
            try await withServer(data: data) { try await body($0) }
        }
    }

    private func rows(_ page: String) -> [Int] {
        page.matches(of: /id="event-([0-9]+)"/).compactMap { Int($0.1) }
    }

    @Test(
        "the rest stays readable, and what is damaged is a row that says so",
        arguments: [
            ("/log", Array((251...300).reversed()), [290]), ("/log?before=101", Array((51...100).reversed()), [100]),
            ("/log?after=99", Array((100...149).reversed()), [100]),
            ("/log?since=2001-01-01&to=300", Array((251...300).reversed()), [290]),
            ("/log?grep=TEXT%2029", [299, 298, 297, 296, 295, 294, 293, 292, 291, 290, 100, 29], [290, 100]),
            ("/log?topic=t/1&from=280", [299, 297, 295, 293, 291, 289, 287, 285, 283, 281], []),
            ("/log?topic=t/0&from=286", [300, 298, 296, 294, 292, 290, 288, 286], [290]),
            ("/log?until=2001-01-01", [], []),
        ])
    func lists(target: String, offsets: [Int], damaged: [Int]) async throws {
        try await withDamagedLog { server in
            let page = try await server.request("GET", target)
            #expect(page.status == 200, "\(page.body)")
            #expect(rows(page.body) == offsets)
            #expect(page.body.matches(of: /Event ([0-9]+) is damaged\./).compactMap { Int($0.1) } == damaged)
        }
    }

    @Test("page by page, back and forth, every event is found once")
    func paging() async throws {
        try await withDamagedLog(Array(100...220)) { server in
            var found: [Int] = []
            while found.last != 1 {
                found += rows(try await server.request("GET", "/log" + (found.last.map { "?before=\($0)" } ?? "")).body)
            }
            #expect(found == Array((1...300).reversed()))
            found = []
            while found.last != 300 {
                found += rows(try await server.request("GET", "/log?after=\(found.last ?? 0)").body).reversed()
            }
            #expect(found == Array(1...300))
        }
    }

    @Test("the page of a damaged event says so and links to its neighbours; their pages skip it")
    func details() async throws {
        try await withDamagedLog { server in
            let damaged = try await server.request("GET", "/log/290")
            #expect(damaged.status == 200 && damaged.body.contains("This event is damaged"))
            #expect(
                damaged.body.contains(#"<a href="/log/289" rel="prev""#)
                    && damaged.body.contains(#"<a href="/log/291" rel="next""#))
            let beside = try await server.request("GET", "/log/288").body
            #expect(
                beside.contains(#"<a href="/log/286" rel="prev""#) && beside.contains(#"<a href="/log/292" rel="next""#)
            )
        }
    }

    @Test(
        "the last matching events are answered if they come after the damaged one; otherwise the answer is its error"
    )
    func lastThatMatch() async throws {
        try await withDamagedLog { server in
            for query in ["after=-10&types=x", "after=290"] {
                let answer = try await server.request("GET", "/api/events?" + query)
                #expect(answer.status == 200)
                let events = try JSONValue(parsing: answer.body)["events"]?.array
                #expect(events?.compactMap { $0["offset"]?.int } == Array(291...300))
            }
            for query in ["after=-11&types=x", "after=289"] {
                let answer = try await server.request("GET", "/api/events?" + query)
                #expect(answer.status == 500)
                let problem = try JSONValue(parsing: answer.body)
                #expect(problem["code"] == "unreadable")
                #expect(problem["detail"] == "the event at offset 290 is damaged; run `bitacora log verify`")
            }
        }
    }

    @Test(
        "the overview can be made when the first events are damaged",
        arguments: [[1], Array(1...299)] as [[UInt64]])
    func overview(damage: [UInt64]) async throws {
        try await withDamagedLog(damage) { server in
            let answer = try await server.request("GET", "/api/log")
            #expect(answer.status == 200)
            let log = try JSONValue(parsing: answer.body)
            #expect((log["first"]?.int, log["head"]?.int) == (1, 300))
            #expect(log["histogram"]?["counts"]?.array?.compactMap(\.int).reduce(0, +) == 300)
            #expect(try await server.request("GET", "/log").status == 200)
        }
    }

    @Test("a state with a damaged event cannot be shown, and the page says so beside the list")
    func states() async throws {
        try await withDamagedLog { server in
            let page = try await server.request("GET", "/log?at=295")
            #expect(page.status == 410)
            #expect(page.body.contains("the state at 295 cannot be computed: the event at offset 100 is damaged"))
            #expect(rows(page.body).count == 50)
            #expect(try await server.request("GET", "/log?at=50").status == 200)
            #expect(try await server.request("GET", "/api/state/marketplace?at=295").status == 410)
            #expect(try await server.request("GET", "/api/state/marketplace").status == 200)
        }
    }
}
