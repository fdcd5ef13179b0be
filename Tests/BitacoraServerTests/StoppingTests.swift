import BitacoraServer
import EventLog
import Foundation
import JSON
import Marketplace
import TestSupport
import Testing

@Suite struct StoppingTests {
    private static let product = #"{"title":"Lamp","code":"L-1","price":9.5}"#

    @Test("a stop answers the long polls, ends streams, and closes sockets with 1001", .timeLimit(.minutes(1)))
    func stopping() async throws {
        try await withServer { server in
            let polls = try await (0..<5).asyncMap { _ in try await server.connect() }
            for poll in polls { try await poll.send("GET", "/api/events?after=live&wait=55") }
            let socket = try await server.socket()
            _ = try await socket.frame()
            let stream = try await server.connect()
            try await stream.send("GET", "/api/events", [("Accept", "text/event-stream")])
            _ = try await stream.answer()
            _ = try await stream.text(through: "\n\n")

            let started = ContinuousClock.now
            await server.stop()
            for poll in polls {
                let answer = try await poll.answer()
                #expect(answer.status == 200 && answer.body.hasPrefix(#"{"events":[],"next":0,"head":0,"position":""#))
                #expect(try await poll.rest() == [])
            }
            let close = try #require(try await socket.frame())
            #expect(close.first == 0x88)
            #expect(close.payload.starts(with: [0x03, 0xE9]))
            try await socket.close()
            #expect(try await stream.rest() == [])
            #expect(ContinuousClock.now - started < .seconds(30))
        }
    }

    @Test("a second start has the events of the first, from the snapshot that was stored at the end")
    func restarting() async throws {
        try await withTemporaryDirectory { directory in
            let data = directory + "/log"
            try await withServer(data: data) { server in
                let answer = try await server.request("POST", "/api/products", body: Self.product)
                #expect(answer.status == 201)
            }
            try await checkSnapshot(in: data, at: 1)
            try await withServer(data: data) { server in
                let answer = try await server.request("GET", "/api/products/1")
                #expect(answer.status == 200)
                #expect(answer.body.contains("Lamp"))
            }
        }
    }

    /// A projection begins with it and folds nothing.
    private func checkSnapshot(in data: String, at offset: Offset) async throws {
        let log = try EventLog(directory: data)
        defer { log.close() }
        let projector = try await log.project(MarketplaceProjection())
        #expect(projector.loading.snapshot == offset)
        #expect(projector.loading.folded == 0)
        #expect(try log.snapshots().map(\.offset) == [offset])
    }

    @Test("snapshots are stored while the server runs", .timeLimit(.minutes(1)))
    func snapshots() async throws {
        try await withTemporaryDirectory { directory in
            let (lines, logged) = AsyncStream.makeStream(of: String.self)
            try await withServer(data: directory + "/log", { $0.snapshotInterval = 2 }, logged: { logged.yield($0) }) {
                server in
                for text in ["one", "two", "three"] {
                    let answer = try await server.request("POST", "/api/messages", body: #"{"text":"\#(text)"}"#)
                    #expect(answer.status == 201)
                }
                _ = await lines.first { $0 == "snapshot stored" }
            }
        }
    }

    @Test("a failed start names the reason, and releases its locks")
    func failing() async throws {
        try await withTemporaryDirectory { directory in
            let data = directory + "/log"
            let open = await #expect(throws: ServerError.self) {
                try await withServer(data: data, { $0.host = "0.0.0.0" }) { _ in }
            }
            #expect(open?.description.contains("--open") == true)
            let seed = await #expect(throws: ServerError.self) {
                try await withServer(data: data, { $0.seed = .directory("/nowhere") }) { _ in }
            }
            #expect(seed?.description.contains("/nowhere") == true)
            try await withServer(data: data) { server in
                let second = await #expect(throws: ServerError.self) {
                    try await withServer(data: directory + "/other", { $0.port = server.port }) { _ in }
                }
                #expect(second?.description.contains("cannot listen on 127.0.0.1 port \(server.port)") == true)
                #expect(second?.description.contains("choose another port") == true)
                #expect(!FileManager.default.fileExists(atPath: directory + "/other"), "an empty log was left")
            }
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async throws -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
