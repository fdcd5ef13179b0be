import NIOCore
@testable import SocketIO
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite("The client script", .timeLimit(.minutes(1)))
struct ScriptTests {
    private static func withFile(_ bytes: [UInt8], _ body: (String) async throws -> Void) async throws {
        let path = "\(TestEnvironment.temporaryFolder)/socketio-script-\(SessionID.make()).js"
        let file = try #require(fopen(path, "wb"))
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
        defer { unlink(path) }
        try await body(path)
    }

    @Test(
        "the library's own client is served as a script and as a module",
        arguments: [
            ("socket.io.js", false), ("socket.io.min.js", false), ("socket.io.esm.js", true),
            ("socket.io.esm.min.js", true),
        ])
    func own(name: String, isModule: Bool) async throws {
        try await EngineTestServer.run { server in
            let answer = try await server.connect().request("GET", "/socket.io/" + name + "?v=1")
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "text/javascript; charset=utf-8")
            #expect(answer.headers["cache-control"] == "public, max-age=0")
            #expect(answer.headers["vary"] == "Accept-Encoding")
            #expect(answer.text.contains("globalThis.io = io;\n})();") != isModule)
            #expect(answer.text.hasPrefix("(() => {") != isModule)
            #expect(
                answer.text.contains("export { io, Manager, Socket, protocol, io as connect, io as default, ")
                    == isModule)
        }
    }

    @Test("a client that has the file gets 304")
    func notModified() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            let tag = try #require(try await client.request("GET", "/socket.io/socket.io.js").headers["etag"])
            for known in [tag, "\"x\", \(tag)", "*", String(tag.dropFirst(2))] {
                let answer = try await client.request("GET", "/socket.io/socket.io.js", ["If-None-Match: \(known)"])
                #expect(answer.status == 304)
                #expect(answer.body.isEmpty)
                #expect(answer.headers["etag"] == tag)
            }
            #expect(try await client.request("GET", "/socket.io/socket.io.js", ["If-None-Match: \"x\""]).status == 200)
        }
    }

    @Test("it is compressed for clients that accept gzip")
    func compressed() async throws {
        try await Self.withFile(Array(String(repeating: "let a = 1;\n", count: 1000).utf8)) { path in
            var options = SocketIOOptions()
            options.clientScript = try .file(path)
            try await EngineTestServer.run(options) { server in
                let client = try await server.connect()
                let plain = try await client.request("GET", "/socket.io/socket.io.js")
                let answer = try await client.request("GET", "/socket.io/socket.io.js", ["Accept-Encoding: gzip"])
                #expect(answer.headers["content-encoding"] == "gzip")
                #expect(answer.body.count < plain.body.count)
                #expect(CompressionTests.inflated(answer.body) == plain.body)
            }
        }
    }

    @Test("HEAD is answered like GET, without the body")
    func head() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            let whole = try await client.request("GET", "/socket.io/socket.io.js")
            let head = try await client.request("HEAD", "/socket.io/socket.io.js")
            #expect(head.status == 200)
            #expect(head.headers["content-length"] == String(whole.body.count))
            #expect(try await client.request("POST", "/socket.io/socket.io.js").text == "router")
        }
    }

    @Test("a script from a file replaces it, but is not a module")
    func bundle() async throws {
        try await Self.withFile(Array("/* theirs */".utf8)) { path in
            var options = SocketIOOptions()
            options.clientScript = try .file(path)
            try await EngineTestServer.run(options) { server in
                let client = try await server.connect()
                for name in ["socket.io.js", "socket.io.min.js"] {
                    #expect(try await client.request("GET", "/socket.io/" + name).text == "/* theirs */")
                }
                #expect(try await client.request("GET", "/socket.io/socket.io.esm.js").status == 404)
            }
        }
    }

    @Test("a file that is absent, empty, too long or not text is refused at the start")
    func badFiles() async throws {
        #expect(throws: ClientScriptError.self) { try ClientScript.file("/tmp/there-is-no-such-\(SessionID.make())") }
        #expect(throws: ClientScriptError.self) { try ClientScript.file("/tmp") }
        try await Self.withFile([]) { path in
            #expect(throws: ClientScriptError(path: path, detail: "is empty")) { try ClientScript.file(path) }
        }
        try await Self.withFile([0x7F, 0x45, 0x4C, 0x46, 0xFF]) { path in
            #expect(throws: ClientScriptError(path: path, detail: "is not UTF-8 text")) {
                try ClientScript.file(path)
            }
        }
        try await Self.withFile(Array(repeating: 0x20, count: ClientScript.maximumBytes + 1)) { path in
            #expect(throws: ClientScriptError.self) { try ClientScript.file(path) }
        }
    }

    @Test("without a script the request goes to the router")
    func none() async throws {
        var options = SocketIOOptions()
        options.clientScript = .none
        try await EngineTestServer.run(options) { server in
            let client = try await server.connect()
            #expect(try await client.request("GET", "/socket.io/socket.io.js").text == "router")
        }
    }
}
