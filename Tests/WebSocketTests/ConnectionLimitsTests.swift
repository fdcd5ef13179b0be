import NIOCore
import TestSupport
import Testing
@testable import WebSocket

@Suite("Limits of a connection", .timeLimit(.minutes(1)))
struct ConnectionLimitsTests {
    private func limits(_ change: (inout ConnectionLimits) -> Void) -> ConnectionLimits {
        var limits = ConnectionLimits()
        limits.lingerTime = .milliseconds(100)
        change(&limits)
        return limits
    }

    /// Everything that the server sends for the pieces, until it closes.
    private func answer(to pieces: [String], _ limits: ConnectionLimits) async throws -> String {
        var answer = ""
        try await TestServer.run(limits: limits) { server in
            let client = try await RawClient.connect(to: server.port)
            for piece in pieces { try? await client.send(piece) }
            answer = String(decoding: try await client.rest(), as: UTF8.self)
            try? await client.close()
        }
        return answer
    }

    @Test(
        "a head that does not end in time gets a 408, and the connection closes",
        arguments: [
            ["GET / HT"], ["GET / HTTP/1.1\r\nHost: a\r\n"], ["GET / HTTP/1.1\r\n", "A: b\r\n", "C: d\r\n"],
        ])
    func slowHead(_ pieces: [String]) async throws {
        let answer = try await answer(to: pieces, limits { $0.headTime = .milliseconds(50) })
        #expect(answer.hasPrefix("HTTP/1.1 408 "))
    }

    @Test(
        "a slow head in the same segment as an earlier request gets a 408 as well",
        arguments: [
            "GET /b", "GET /b HTTP/1.1\r\n", "GET /b HTTP/1.1\r\nHost: a\r\n", "GET /b HTTP/1.1\r\nHost: a\r\nA: b\r\n",
        ])
    func slowSecondHead(_ second: String) async throws {
        let answer = try await answer(
            to: ["GET /a HTTP/1.1\r\nHost: a\r\n\r\n" + second], limits { $0.headTime = .milliseconds(50) })
        #expect(answer.hasPrefix("HTTP/1.1 200 "))
        #expect(answer.contains("GET /a 0\nHTTP/1.1 408 "))
    }

    @Test("a body that does not end in time gets a 408, and the connection closes")
    func slowBody() async throws {
        let answer = try await answer(
            to: ["POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel"],
            limits { $0.requestTime = .milliseconds(50) })
        #expect(answer.hasPrefix("HTTP/1.1 408 "))
    }

    @Test(
        "a connection without a request is closed",
        arguments: [[], ["GET /a HTTP/1.1\r\nHost: a\r\n\r\n"]] as [[String]])
    func idle(_ pieces: [String]) async throws {
        let answer = try await answer(to: pieces, limits { $0.idleTime = .seconds(1) })
        #expect(answer.isEmpty == pieces.isEmpty)
    }

    @Test("a connection that waits for a late response is not idle")
    func longAnswer() async throws {
        try await TestServer.run(limits: limits { $0.idleTime = .seconds(1) }) { server in
            let slow = try await RawClient.connect(to: server.port)
            try await slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            // Another connection, opened later, is closed because it is idle.
            let other = try await RawClient.connect(to: server.port)
            #expect(try await other.rest() == [])
            server.slow.open()
            #expect(try await slow.response().body == "GET /slow 0\n")
            try await slow.close()
            try? await other.close()
        }
    }

    @Test(
        "headers beyond the limit get a 431, in any pieces and with any number of bytes after them",
        arguments: [
            [String(repeating: "A: 0123456789\r\n", count: 20)], ["B: " + String(repeating: "x", count: 300) + "\r\n"],
            ["B: " + String(repeating: "x", count: 1_000_000)],
            [String](repeating: "C: " + String(repeating: "y", count: 80) + "\r\n", count: 30),
        ])
    func headers(_ pieces: [String]) async throws {
        let answer = try await answer(
            to: ["GET / HTTP/1.1\r\n"] + pieces + ["\r\n"],
            limits { ($0.headerBytes, $0.targetBytes, $0.lingerTime) = (200, 100, .seconds(1)) })
        #expect(answer.hasPrefix("HTTP/1.1 431 "))
        #expect(answer.contains("200 bytes"))
    }

    @Test("too many headers get a 431")
    func headerCount() async throws {
        let answer = try await answer(
            to: ["GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 11) + "\r\n"],
            limits { $0.headerCount = 10 })
        #expect(answer.hasPrefix("HTTP/1.1 431 "))
    }

    @Test(
        "a target beyond the limit gets a 414, in any pieces",
        arguments: [
            ["GET /" + String(repeating: "x", count: 100) + " HTTP/1.1\r\nHost: a\r\n\r\n"],
            ["GET /" + String(repeating: "x", count: 100_000) + " HTTP/1.1\r\nHost: a\r\n\r\n"],
            ["GET /"] + [String](repeating: String(repeating: "x", count: 50), count: 20),
        ])
    func target(_ pieces: [String]) async throws {
        let answer = try await answer(to: pieces, limits { ($0.targetBytes, $0.lingerTime) = (100, .seconds(1)) })
        #expect(answer.hasPrefix("HTTP/1.1 414 "))
    }

    @Test(
        "bytes that are not HTTP get a 400",
        arguments: ["\u{1}\u{2}\u{3}\r\n\r\n", "GET / HTTP/3.7\r\n\r\n", "HELLO\r\n\r\n"])
    func malformed(_ text: String) async throws {
        let answer = try await answer(to: [text], limits { _ in })
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
    }
}
