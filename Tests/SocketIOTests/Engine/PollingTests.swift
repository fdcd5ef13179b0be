import NIOCore
@testable import SocketIO
import Testing

@Suite("Polling, over real sockets", .timeLimit(.minutes(1)))
struct PollingTests {
    static let start = "/socket.io/?EIO=4&transport=polling"

    static func target(_ sid: String) -> String { start + "&sid=" + sid }

    @Test("a handshake is answered with exactly the open packet")
    func handshake() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            let answer = try await client.request("GET", Self.start)
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "text/plain; charset=UTF-8")
            #expect(answer.headers["cache-control"] == "no-store")
            let sid = EngineTestServer.sid(answer.text)
            #expect(sid.utf8.count == 20)
            #expect(
                answer.text
                    == #"0{"sid":"\#(sid)","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
            )
            #expect(server.engine.sessionCount == 1)
        }
    }

    @Test("no upgrade is offered when it is switched off")
    func noUpgrade() async throws {
        var options = SocketIOOptions()
        options.allowsUpgrades = false
        try await EngineTestServer.run(options) { server in
            let answer = try await server.connect().request("GET", Self.start)
            #expect(answer.text.contains(#""upgrades":[],"#))
        }
    }

    @Test("messages of a POST are echoed in one GET, text and binary")
    func echo() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            let sid = try await server.poll(client)
            let posted = try await client.request("POST", Self.target(sid), body: "4hello\u{1e}4wörld\u{1e}bAQIDBA==")
            #expect(posted.status == 200)
            #expect(posted.text == "ok")
            #expect(posted.headers["content-type"] == "text/html")
            #expect(await server.log.next() == "text hello")
            #expect(await server.log.next() == "text wörld")
            #expect(await server.log.next() == "binary [1, 2, 3, 4]")
            let got = try await client.request("GET", Self.target(sid))
            #expect(got.text == "4hello\u{1e}4wörld\u{1e}bAQIDBA==")
        }
    }

    @Test("a GET waits until a packet is there, also on another connection and loop", arguments: [1, 2])
    func waiting(loops: Int) async throws {
        try await EngineTestServer.run(loops: loops) { server in
            let getter = try await server.connect(), poster = try await server.connect()
            let sid = try await server.poll(getter)
            try await getter.ask("GET", Self.target(sid))
            #expect(try await poster.request("POST", Self.target(sid), body: "4later").text == "ok")
            #expect(try await getter.answer().text == "4later")
            try await poster.ask("GET", Self.target(sid))
            #expect(try await getter.request("POST", Self.target(sid), body: "4again").text == "ok")
            #expect(try await poster.answer().text == "4again")
        }
    }

    @Test("a second GET closes the session: 1 for the first, 400 for itself", arguments: [1, 2])
    func secondGet(loops: Int) async throws {
        try await EngineTestServer.run(loops: loops) { server in
            let first = try await server.connect(), second = try await server.connect()
            let sid = try await server.poll(first)
            // After the echo of a POST on the same connection the GET is known to wait.
            try await first.ask("GET", Self.target(sid))
            _ = try await second.request("POST", Self.target(sid), body: "4a")
            #expect(try await first.answer().text == "4a")
            try await first.ask("GET", Self.target(sid))
            try await server.waitsForPoll()
            let refused = try await second.request("GET", Self.target(sid))
            #expect(refused.status == 400)
            #expect(refused.text == #"{"code":3,"message":"Bad request"}"#)
            #expect(try await first.answer().text == "1")
            #expect(await server.log.next() == "text a")
            #expect(await server.log.next() == "closed transport error")
            let later = try await second.request("GET", Self.target(sid))
            #expect(later.status == 400)
            #expect(later.text == #"{"code":1,"message":"Session ID unknown"}"#)
            #expect(server.engine.sessionCount == 0)
        }
    }

    @Test("a second POST closes the session")
    func secondPost() async throws {
        try await EngineTestServer.run(loops: 2) { server in
            let first = try await server.connect(), second = try await server.connect()
            let sid = try await server.poll(first)
            try await first.send(
                "POST \(Self.target(sid)) HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 6\r\n\r\n4hel")
            try await server.waits { $0.session.postIsOpen }
            let refused = try await second.request("POST", Self.target(sid), body: "4no")
            #expect(refused.status == 400)
            #expect(await server.log.next() == "closed transport error")
            try await first.send("lo")
            #expect(try await first.answer().text == #"{"code":1,"message":"Session ID unknown"}"#)
            #expect(try await second.request("POST", Self.target(sid), body: "4no").status == 400)
        }
    }

    @Test("a GET whose connection is closed ends the session", arguments: [1, 2])
    func abortedGet(loops: Int) async throws {
        try await EngineTestServer.run(loops: loops) { server in
            let getter = try await server.connect(), other = try await server.connect()
            let sid = try await server.poll(other)
            try await getter.ask("GET", Self.target(sid))
            try await server.waitsForPoll()
            try await getter.close()
            #expect(await server.log.next() == "closed transport error")
            #expect(try await other.request("GET", Self.target(sid)).text.contains(#""code":1"#))
        }
    }

    @Test("a POST whose connection is closed within its body ends the session")
    func abortedPost() async throws {
        try await EngineTestServer.run { server in
            let poster = try await server.connect(), other = try await server.connect()
            let sid = try await server.poll(other)
            try await poster.send(
                "POST \(Self.target(sid)) HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 6\r\n\r\n4hel")
            try await server.waits { $0.session.postIsOpen }
            try await poster.close()
            #expect(await server.log.next() == "closed transport error")
        }
    }

    @Test("1 in a POST releases the waiting GET with 6 and closes the session")
    func closePacket() async throws {
        try await EngineTestServer.run { server in
            let getter = try await server.connect(), poster = try await server.connect()
            let sid = try await server.poll(getter)
            try await getter.ask("GET", Self.target(sid))
            try await server.waitsForPoll()
            #expect(try await poster.request("POST", Self.target(sid), body: "1").text == "ok")
            #expect(try await getter.answer().text == "6")
            #expect(await server.log.next() == "closed transport close")
            #expect(try await getter.request("GET", Self.target(sid)).text.contains(#""code":1"#))
        }
    }

    @Test(
        "a GET that comes after the POST of 1 it was sent with is answered with 6; the next GET is refused",
        arguments: [1, 2])
    func lateGet(loops: Int) async throws {
        try await EngineTestServer.run(loops: loops) { server in
            // The session belongs to the loop of the POST.
            let poster = try await server.connect(), getter = try await server.connect()
            let sid = try await server.poll(poster)
            server.log.session { $0.write("not fetched any more") }
            #expect(try await poster.request("POST", Self.target(sid), body: "1").text == "ok")
            #expect(await server.log.next() == "closed transport close")
            #expect(try await poster.request("POST", Self.target(sid), body: "4a").text.contains(#""code":1"#))
            let late = try await getter.request("GET", Self.target(sid))
            #expect(late.status == 200)
            #expect(late.text == "6")
            #expect(
                try await getter.request("GET", Self.target(sid)).text == #"{"code":1,"message":"Session ID unknown"}"#)
            #expect(server.engine.sessionCount == 0)
        }
    }

    @Test("a GET and a POST of 1 that are sent together on two loops are answered with 6 and ok, in any order")
    func together() async throws {
        try await EngineTestServer.run(loops: 2) { server in
            let getter = try await server.connect(), poster = try await server.connect()
            for attempt in 0..<200 {
                let sid = try await server.poll(attempt.isMultiple(of: 2) ? getter : poster)
                async let got = getter.request("GET", Self.target(sid))
                async let posted = poster.request("POST", Self.target(sid), body: "1")
                let answer = try await got
                #expect(answer.status == 200)
                #expect(answer.text == "6")
                #expect(try await posted.text == "ok")
                #expect(await server.log.next() == "closed transport close")
                #expect(try await getter.request("GET", Self.target(sid)).status == 400)
            }
        }
    }

    @Test(
        "a body that is not a packet closes the session",
        arguments: ["", "x", "abc", "4a\u{1e}", "\u{1e}4a", "4a\u{1e}\u{1e}4b", "b%%%", "7", "-1", "4a\u{1e}9"])
    func undecodable(body: String) async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            let sid = try await server.poll(client)
            #expect(try await client.request("POST", Self.target(sid), body: body).status == 400)
            #expect(await server.log.next() == "closed parse error")
            #expect(try await client.request("GET", Self.target(sid)).text.contains(#""code":1"#))
        }
    }

    @Test("a ping from the client closes the session; open, pong, upgrade and noop do nothing")
    func strayPackets() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            let sid = try await server.poll(client)
            #expect(
                try await client.request("POST", Self.target(sid), body: "0\u{1e}3\u{1e}5\u{1e}6\u{1e}4a").text == "ok")
            #expect(await server.log.next() == "text a")
            _ = try await client.request("POST", Self.target(sid), body: "2")
            #expect(await server.log.next() == "closed transport error")
        }
    }

    @Test("a body over the limit is refused with 413, and the session continues", arguments: [true, false])
    func tooLong(announced: Bool) async throws {
        var options = SocketIOOptions()
        options.maximumPayload = 100
        try await EngineTestServer.run(options) { server in
            let client = try await server.connect(), other = try await server.connect()
            let sid = try await server.poll(other)
            let body = "4" + String(repeating: "x", count: 100)
            if announced {
                try await client.ask("POST", Self.target(sid), body: body)
            } else {
                try await client.ask("POST", Self.target(sid), ["Transfer-Encoding: chunked"])
                try await client.send("65\r\n\(body)\r\n0\r\n\r\n")
            }
            let refused = try await client.answer()
            #expect((refused.status, refused.headers["content-type"]) == (413, "application/json"))
            #expect(refused.text == #"{"code":3,"message":"Payload too large: at most 100 bytes"}"#)
            let fits = "4" + String(repeating: "x", count: 99)
            #expect(try await other.request("POST", Self.target(sid), body: fits).text == "ok")
            #expect(try await other.request("GET", Self.target(sid)).text == fits)
        }
    }

    @Test("application/octet-stream is refused")
    func octets() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            let sid = try await server.poll(client)
            let refused = try await client.request(
                "POST", Self.target(sid), ["Content-Type: application/octet-stream"], body: "4a")
            #expect(refused.status == 400)
            #expect(try await client.request("POST", Self.target(sid), body: "4a").text == "ok")
        }
    }

    @Test("other methods with a session are refused", arguments: ["PUT", "DELETE", "PATCH", "HEAD"])
    func methods(method: String) async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            let sid = try await server.poll(client)
            #expect(try await client.request(method, Self.target(sid)).status == 400)
            #expect(try await client.request("POST", Self.target(sid), body: "4a").text == "ok")
        }
    }

    @Test("packets that were written before close wait for the next GET, which ends with 1")
    func draining() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            let sid = try await server.poll(client)
            server.log.session {
                $0.write("last")
                $0.close(.forcedServerClose)
            }
            #expect(await server.log.next() == "closed forced server close")
            #expect(try await client.request("POST", Self.target(sid), body: "4a").text.contains(#""code":1"#))
            #expect(try await client.request("GET", Self.target(sid)).text == "4last\u{1e}1")
            #expect(server.engine.sessionCount == 0)
            #expect(try await client.request("GET", Self.target(sid)).text.contains(#""code":1"#))
        }
    }

    @Test("a waiting GET takes what was written and 1 when the server closes")
    func closing() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            let sid = try await server.poll(client)
            try await client.ask("GET", Self.target(sid))
            try await server.waitsForPoll()
            server.log.session {
                $0.write("last")
                $0.close(.forcedServerClose)
            }
            #expect(try await client.answer().text == "4last\u{1e}1")
            #expect(server.engine.sessionCount == 0)
        }
    }

    @Test(
        "Python's clients get at most 16 packets in a response, also at the end, and other clients all",
        arguments: ["python-requests/2.32.3", "Python/3.12 aiohttp/3.10.5", "Mozilla/5.0"])
    func pythonPackets(agent: String) async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            let sid = EngineTestServer.sid(try await client.request("GET", Self.start, ["User-Agent: \(agent)"]).text)
            let isPython = agent != "Mozilla/5.0"
            for isLast in [false, true] {
                server.log.session { session in
                    for number in 0..<40 { session.write("\(number)") }
                    if isLast { session.close(.forcedServerClose) }
                }
                var packets: [String] = []
                for count in isPython ? [16, 16, isLast ? 9 : 8] : [isLast ? 41 : 40] {
                    let answer = try await client.request("GET", Self.target(sid)).text.split(separator: "\u{1e}")
                    #expect(answer.count == count)
                    packets += answer.map(String.init)
                }
                #expect(packets == (0..<40).map { "4\($0)" } + (isLast ? ["1"] : []))
            }
            #expect(server.engine.sessionCount == 0)
        }
    }

    @Test("a shutdown of the server answers the waiting GET with an error, on which every client connects again")
    func quiescing() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            let sid = try await server.poll(client)
            try await client.ask("GET", Self.target(sid))
            try await server.waitsForPoll()
            server.quiesce()
            let answer = try await client.answer()
            #expect(answer.status == 503)
            #expect(answer.text == #"{"code":3,"message":"The server is shutting down"}"#)
            #expect(await server.log.next() == "closed server shutting down")
        }
    }

    @Test("while paused a POST is not answered, and its packets come afterwards in order")
    func pausing() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect(), getter = try await server.connect()
            let sid = try await server.poll(client)
            try await client.ask("POST", Self.target(sid), body: "4pause\u{1e}4a\u{1e}4b")
            #expect(await server.log.next() == "text pause")
            #expect(try await getter.request("GET", Self.target(sid)).text == "4pause")
            server.log.session { $0.isPaused = false }
            #expect(try await client.answer().text == "ok")
            #expect(try await getter.request("GET", Self.target(sid)).text == "4a\u{1e}4b")
        }
    }
}
