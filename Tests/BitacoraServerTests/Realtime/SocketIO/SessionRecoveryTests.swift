import EventLog
import Inspection
import JSON
import Testing
@testable import BitacoraServer

/// Sessions of a log of five events, as clients begin and resume them.
@Suite struct SessionRecoveryTests {
    private struct Fixture {
        let recovery: SessionRecovery

        var log: EventLog { recovery.log }

        func connect(_ auth: JSONObject, namespace: String = "/", id: String = "new") throws -> SocketSession {
            let namespace = try #require(LogNamespace(namespace))
            return recovery.session(
                try SocketSubscription(
                    namespace: namespace, SocketParameters(auth: .object(auth), query: Query(""))), namespace, id: id)
        }

        /// Reconnects with the `pid` of an earlier session, and the last position that was received.
        func reconnect(
            _ session: SocketSession, at offset: UInt64? = nil, _ auth: JSONObject = [:], namespace: String = "/"
        ) throws -> SocketSession {
            var auth = auth
            auth["pid"] = session.pid.map { .string($0) }
            auth["offset"] = offset.map { .string(position($0)) }
            return try connect(auth, namespace: namespace, id: "newer")
        }

        func position(_ offset: UInt64) -> String { "\(log.id):\(offset)" }
    }

    private func withSessions(recovers: Bool = true, _ body: (Fixture) async throws -> Void) async throws {
        try await withLog { log in
            try await log.append(samples(5))
            try await withTemporaryDirectory { directory in
                try await body(
                    Fixture(
                        recovery: SessionRecovery(
                            log: log, key: try RecoveryKey(directory: directory), recovers: recovers))
                )
            }
        }
    }

    @Test("a first session has the start that the client asks for, and a token")
    func begins() async throws {
        try await withSessions { fixture in
            let session = try fixture.connect(["after": 3])
            #expect(session.id == "new" && session.pid != nil && !session.isRecovered)
            #expect(session.start == .offset(3) && session.resetReason == nil)
        }
    }

    @Test("a client that reconnects resumes after the last event that it received, with the same id")
    func goesOn() async throws {
        try await withSessions { fixture in
            let first = try fixture.connect([:])
            let second = try fixture.reconnect(first, at: 2)
            #expect(second == SocketSession(id: "new", pid: first.pid, isRecovered: true, start: .offset(2)))
            #expect(try fixture.reconnect(second, at: 5).start == .offset(5))
        }
    }

    @Test(
        "a client that received nothing resumes at the start of its session",
        arguments: [
            (nil, .start), (2, .offset(2)), ("-2", .last(2)), ("live", .offset(5)),
        ] as [(JSONValue?, StartPoint)])
    func receivedNothing(after: JSONValue?, start: StartPoint) async throws {
        try await withSessions { fixture in
            let auth: JSONObject = after.map { ["after": $0] } ?? [:]
            let first = try fixture.connect(auth)
            try await fixture.log.append(samples(3))
            let second = try fixture.reconnect(first, at: nil, auth)
            #expect(second.isRecovered && second.start == start && second.resetReason == nil)
        }
    }

    @Test("a page that was rendered again has more events than its socket received")
    func knowsMore() async throws {
        try await withSessions { fixture in
            let first = try fixture.connect(["after": 1])
            #expect(try fixture.reconnect(first, at: 2, ["after": 4]).start == .offset(4))
            #expect(try fixture.reconnect(first, at: 3, ["after": .string(fixture.position(2))]).start == .offset(3))
            #expect(
                try fixture.reconnect(first, at: 3, ["after": 99]).start == .offset(3),
                "a place beyond the head is not known")
        }
    }

    @Test("with another filter, namespace or token the session is new and begins with a reset")
    func otherSession() async throws {
        try await withSessions { fixture in
            let first = try fixture.connect([:])
            var others = [
                try fixture.reconnect(first, at: 2, ["topics": "chat"]),
                try fixture.reconnect(first, at: 2, [:], namespace: "/chat"),
                try fixture.connect(["pid": "forged", "offset": .string(fixture.position(2))], id: "newer"),
            ]
            others.append(try fixture.connect(["offset": .string(fixture.position(2))], id: "newer"))
            for session in others {
                #expect(session.id == "newer" && !session.isRecovered && session.pid != first.pid)
                #expect(session.start == .start && session.resetReason == .otherSession)
            }
        }
    }

    @Test("a live client whose session is lost misses no event")
    func livesOn() async throws {
        try await withSessions { fixture in
            let session = try fixture.connect([
                "after": "live", "pid": "forged", "offset": .string(fixture.position(2)),
            ])
            #expect(session.start == .offset(2) && session.resetReason == .otherSession)
            #expect(try fixture.reconnect(session, at: 2, ["after": "live"]).start == .offset(2))
            let strange = try fixture.connect(["after": "live", "offset": "0000000000000001:3"])
            #expect(strange.start == .offset(5) && strange.resetReason == .otherLog)
        }
    }

    @Test(
        "a position that is not one of this log is answered with the reason",
        arguments: [
            ("", .otherLog), ("7", .otherLog), ("0000000000000001:3", .otherLog), ("nonsense", .otherLog),
        ] as [(String, Reset.Reason)])
    func otherLog(offset: String, reason: Reset.Reason) async throws {
        try await withSessions { fixture in
            let first = try fixture.connect([:])
            let second = try fixture.connect(["pid": .string(try #require(first.pid)), "offset": .string(offset)])
            #expect(!second.isRecovered && second.resetReason == reason && second.start == .start)
        }
    }

    @Test("a position beyond the head is reset with the reason ahead")
    func ahead() async throws {
        try await withSessions { fixture in
            let second = try fixture.reconnect(try fixture.connect([:]), at: 6)
            #expect(!second.isRecovered && second.resetReason == .ahead)
        }
    }

    @Test("without recovery there is no token, and positions are ignored")
    func isOff() async throws {
        try await withSessions { fixture in
            let first = try fixture.connect([:])
            let second = try fixture.reconnect(first, at: 2, ["recovery": false])
            #expect(second == SocketSession(id: "newer", start: .start))
        }
        try await withSessions(recovers: false) { fixture in
            let session = try fixture.connect(["after": 2])
            #expect(session == SocketSession(id: "new", start: .offset(2)))
        }
    }
}
