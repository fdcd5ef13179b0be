import BitacoraServer
import JSON
import TestSupport
import Testing

/// The changes of rows over event streams, WebSockets and Socket.IO, from a whole server.
@Suite struct CollectionLiveTests {
    private static let items = "/api/collections/items"
    private static let upgrade = [
        ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ]

    /// One block of an event stream: its fields, with the parsed data.
    private struct Block {
        let id: String?
        let name: String?
        let data: JSONValue

        init(_ text: String) throws {
            var fields: [Substring: String] = [:]
            for line in text.split(separator: "\n") {
                let parts = line.split(separator: ": ", maxSplits: 1)
                if parts.count == 2 { fields[parts[0]] = String(parts[1]) }
            }
            (id, name) = (fields["id"], fields["event"])
            data = try JSONValue(parsing: fields["data"] ?? "null")
        }
    }

    private func stream(
        _ server: RunningServer, _ query: String = "", _ headers: [(String, String)] = []
    ) async throws -> Client {
        let client = try await server.connect()
        try await client.send("GET", Self.items + query, [("Accept", "text/event-stream")] + headers)
        let answer = try await client.answer(hasBody: false)
        guard answer.status == 200, answer.headers["content-type"] == "text/event-stream" else {
            throw TestFailure("the stream was answered \(answer.status)")
        }
        return client
    }

    private func next(_ client: Client) async throws -> Block { try Block(await client.text(through: "\n\n")) }

    private func socket(_ server: RunningServer, _ target: String) async throws -> Client {
        let client = try await server.connect()
        let answer = try await client.request("GET", target, Self.upgrade)
        guard answer.status == 101 else { throw TestFailure("the handshake was answered \(answer.status)") }
        return client
    }

    private func message(_ client: Client) async throws -> String {
        String(decoding: try #require(try await client.frame()).payload, as: UTF8.self)
    }

    @Test("an event stream is sent the changes of its rows, with their positions as ids")
    func eventStream() async throws {
        try await ItemServer.with(2) { server in
            let client = try await stream(server, "?where[group]=a")
            let replayed = try await next(client)
            #expect(replayed.name == "replayed" && replayed.id?.hasSuffix(":2") == true)
            try await server.append("move", "2", #","n":7"#)
            try await server.append("move", "1", #","n":5"#)
            let change = try await next(client)
            #expect(change.name == nil && change.id?.hasSuffix(":4") == true)
            #expect(
                change.data.text
                    == #"{"ops":[{"op":"put","key":"1","before":null,"value":{"group":"a","n":5}}],"offset":4}"#)
            try await server.append("put", "1", #","group":"b","n":5"#)
            #expect(try await next(client).data["ops"] == [["op": "remove", "key": "1"]])
        }
    }

    @Test("the list of collections counts the live readers, their queries and the messages that were encoded for them")
    func counts() async throws {
        try await ItemServer.with(1) { server in
            let none: JSONValue = ["readers": 0, "queries": 0, "encodedMessages": 0]
            #expect(try await server.json("/api/collections")["live"] == none)
            let clients = [
                try await stream(server, "?sort=n"), try await stream(server, "?sort=n"), try await stream(server),
            ]
            for client in clients { #expect(try await next(client).name == "replayed") }
            try await server.append("move", "1", #","n":7"#)
            for client in clients { #expect(try await next(client).data["offset"] == 2) }
            let all: JSONValue = ["readers": 3, "queries": 2, "encodedMessages": 2]
            #expect(try await server.json("/api/collections")["live"] == all)
        }
    }

    @Test("Last-Event-ID resumes, and takes precedence over lastEventId and position")
    func resume() async throws {
        try await ItemServer.with(4) { server in
            let id = try #require(try await server.json(Self.items)["position"]?.string).dropLast() + "3"
            let client = try await stream(server, "?lastEventId=1&position=2", [("Last-Event-ID", String(id))])
            let changes = try await next(client)
            #expect(changes.data["ops"]?.array?.map { $0["key"]?.string } == ["4"])
            #expect(try await next(client).name == "replayed")
        }
    }

    @Test(
        "a position that cannot be resumed from is answered with reset, all rows and replayed",
        arguments: [("99", "ahead"), ("0000000000000001:2", "other-log"), ("0", "gone"), ("start", "gone")])
    func reset(position: String, reason: String) async throws {
        try await ItemServer.with(2) { server in
            let client = try await stream(server, "?position=" + position)
            let reset = try await next(client)
            #expect(reset.name == "reset" && reset.data["reason"] == .string(reason))
            #expect(reset.id?.hasSuffix(":0") == true)
            let rows = try await next(client)
            #expect(rows.data["ops"]?.array?.map { $0["key"]?.string } == ["1", "2"])
            #expect(rows.data["ops"]?.array?.allSatisfy { $0["before"] == .null } == true)
            let replayed = try await next(client)
            #expect(replayed.name == "replayed" && replayed.data["head"]?.int == 2)
        }
    }

    @Test(
        "parameters that are not those of a live reader are refused",
        arguments: [
            ("?after=x", "after", "a live reader begins at position"), ("?at=1", "at", "a live reader follows"),
            ("?position=x", "position", "is not a position of rows"),
            ("?position=-3", "position", "is not a position of rows"),
            ("?where[colour]=a", "where[colour]", "its fields are group, n"),
            ("?positon=1", "positon", "did you mean 'position'?"),
        ])
    func invalid(query: String, field: String, detail: String) async throws {
        try await ItemServer.with(1) { server in
            for headers in [[("Accept", "text/event-stream")], Self.upgrade] {
                let answer = try await server.request("GET", Self.items + query, headers)
                #expect(answer.status == 400)
                let problem = try JSONValue(parsing: answer.body)
                #expect(problem["field"] == .string(field), "\(answer.body)")
                #expect(problem["detail"]?.string?.contains(detail) == true, "\(answer.body)")
            }
        }
    }

    @Test("a WebSocket is sent changes, and performs commands")
    func webSocket() async throws {
        try await ItemServer.with(1) { server in
            let client = try await socket(server, Self.items + "?sort=-n&limit=1&position=start")
            #expect(try await message(client).contains(#""type":"reset""#))
            #expect(try await message(client).contains(#""key":"1""#))
            #expect(try await message(client).contains(#""type":"replayed""#))
            try await client.send(
                message: #"{"command":"item.put","data":{"item":"9","key":"9","group":"a","n":9},"ref":7}"#)
            let both = try [try await message(client), try await message(client)].map { try JSONValue(parsing: $0) }
            let acknowledgement = try #require(both.first { $0["type"] == "ack" })
            #expect(acknowledgement["ref"] == 7 && acknowledgement["offset"] == 2)
            let change = try #require(both.first { $0["ops"] != nil })
            #expect(change["ops"]?.array?.map { $0["op"]?.string } == ["remove", "put"])
            #expect(change["offset"] == 2)
        }
    }

    @Test("a WebSocket of an unknown collection is refused with 404")
    func unknown() async throws {
        try await ItemServer.with(1) { server in
            let answer = try await server.request("GET", "/api/collections/order", Self.upgrade)
            #expect(answer.status == 404)
            #expect(answer.body.contains("the collections are items, groups"))
        }
    }

    @Test("sockets are closed with 1001 when the server stops")
    func stopping() async throws {
        try await ItemServer.with(1) { server in
            let client = try await socket(server, Self.items)
            #expect(try await message(client).contains("replayed"))
            await server.stop()
            let frame = try #require(try await client.frame())
            #expect(frame.first == 0x88 && frame.payload.prefix(2) == [0x03, 0xE9])
        }
    }

    // MARK: Socket.IO

    /// Connects a namespace over the WebSocket of Engine.IO.
    ///
    /// - Returns: the packet that answers CONNECT.
    private func connect(
        _ server: RunningServer, _ auth: String, namespace: String = "/collections/items"
    ) async throws -> (client: Client, answer: String) {
        let client = try await socket(server, "/socket.io/?EIO=4&transport=websocket")
        #expect(try await message(client).hasPrefix("0{"))
        try await client.send(message: "40\(namespace),\(auth)")
        return (client, try await message(client))
    }

    private func json(_ packet: String, after prefix: String) throws -> JSONValue {
        guard packet.hasPrefix(prefix) else { throw TestFailure("\(packet) does not begin with \(prefix)") }
        return try JSONValue(parsing: String(packet.dropFirst(prefix.count)))
    }

    @Test("a namespace is sent the changes, each with its position, and resumes with pid and offset")
    func namespace() async throws {
        try await ItemServer.with(3) { server in
            let prefix = "/collections/items,"
            let filter = #""where":{"group":"a","n":{"gte":2}},"sort":"-n""#
            let (client, answer) = try await connect(server, "{\(filter)}")
            let pid = try #require(try json(answer, after: "40" + prefix)["pid"]?.string)
            let replayed = try json(try await message(client), after: "42" + prefix).array
            #expect(replayed?.first == "replayed")
            try await server.append("put", "7", #","group":"a","n":7"#)
            let changes = try #require(try json(try await message(client), after: "42" + prefix).array)
            #expect(changes.count == 3 && changes[0] == "changes" && changes[1]["offset"] == 4)
            #expect(changes[1]["ops"]?.array?.first?["key"] == "7")
            let position = try #require(changes[2].string)
            #expect(position.hasSuffix(":4"))
            try await client.close()

            try await server.append("drop", "3")
            let resumed = try await connect(server, #"{\#(filter),"pid":"\#(pid)","offset":"\#(position)"}"#)
            let connected = try json(resumed.answer, after: "40" + prefix)
            #expect(connected["pid"]?.string == pid)
            let missed = try #require(try json(try await message(resumed.client), after: "42" + prefix).array)
            #expect(missed[1]["ops"] == [["op": "remove", "key": "3"]])

            // With another filter the position belongs to other rows: the reset comes before the new pid.
            let other = try await connect(server, #"{"pid":"\#(pid)","offset":"\#(position)"}"#)
            let reset = try #require(try json(other.answer, after: "42" + prefix).array)
            #expect(reset[0] == "reset" && reset[1]["reason"] == "other-session")
            #expect(try json(try await message(other.client), after: "40" + prefix)["pid"]?.string != pid)
            let rows = try #require(try json(try await message(other.client), after: "42" + prefix).array)
            #expect(rows[1]["ops"]?.array?.map { $0["key"]?.string } == ["1", "2", "7"])
        }
    }

    @Test("commands are performed in the namespace of a collection")
    func commands() async throws {
        try await ItemServer.with(1) { server in
            let (client, _) = try await connect(server, "{}")
            #expect(try await message(client).contains("replayed"))
            try await client.send(
                message: #"42/collections/items,1["item.put",{"item":"2","key":"2","group":"a","n":2}]"#)
            let packets = [try await message(client), try await message(client)]
            #expect(packets.contains(#"43/collections/items,1[{"offset":2}]"#))
            #expect(packets.contains { $0.hasPrefix(#"42/collections/items,["changes","#) })
        }
    }

    @Test(
        "a client is refused with the code and the field",
        arguments: [
            (
                "/collections/order", "{}", "collection",
                "there is no collection 'order'; the collections are items, groups"
            ),
            (
                "/collections/items", #"{"where":{"colour":1}}"#, "where[colour]",
                "'colour' is not a field of collection items; its fields are group, n"
            ),
            (
                "/collections/items", #"{"where":{"n":{"like":1}}}"#, "where",
                "where/n/like: 'like' is not a comparison; write not, lt, lte, gt, gte or in"
            ),
            (
                "/collections/items", #"{"where":[]}"#, "where",
                "where must be an object of fields and conditions, and is an array"
            ),
            (
                "/collections/items", #"{"where":{},"where[n]":"1"}"#, "where[n]",
                "auth has where and where[n]; write all conditions in where"
            ),
            (
                "/collections/items", #"{"limit":0}"#, "limit",
                "'0' is not a number of rows; write a number from 1 to 1000"
            ),
            (
                "/collections/items", #"{"sorting":"n"}"#, "sorting",
                "'sorting' is not a parameter of this namespace; auth takes where, sort, limit, position, recovery, pid, offset"
            ),
            (
                "/collections/items", #"{"limt":1}"#, "limt", "'limt' is not a parameter; did you mean 'limit'?"
            ),
            (
                "/collections/items", #"{"position":"x"}"#, "position",
                "'x' is not a position of rows; write an offset, logid:offset, start or live"
            ),
            (
                "/collections/items", #"{"at":1}"#, "at",
                "at is for pages of past rows; a live reader follows the newest rows"
            ),
            (
                "/collections/items", #"{"after":"start"}"#, "after",
                "after is the cursor of a page; a live reader begins at position"
            ),
        ])
    func refused(namespace: String, auth: String, field: String, message: String) async throws {
        try await ItemServer.with(1) { server in
            let (_, answer) = try await connect(server, auth, namespace: namespace)
            let error = try json(answer, after: "44\(namespace),")
            #expect(error["data"]?["field"] == .string(field), "\(answer)")
            #expect(error["message"] == .string(message), "\(answer)")
        }
    }

    @Test(
        "names in the query of the handshake are refused when they are those of pages, misspelt or cannot be decoded",
        arguments: [
            ("at=1", "at"), ("after=1", "after"), ("limt=1", "limt"), ("sort=%zz", "sort"), ("utm_source=x", nil),
        ])
    func refusedQuery(query: String, field: String?) async throws {
        try await ItemServer.with(1) { server in
            let client = try await socket(server, "/socket.io/?EIO=4&transport=websocket&" + query)
            #expect(try await message(client).hasPrefix("0{"))
            try await client.send(message: "40/collections/items,{}")
            let answer = try await message(client)
            guard let field else {
                #expect(answer.hasPrefix("40"))
                return
            }
            #expect(try json(answer, after: "44/collections/items,")["data"]?["field"] == .string(field))
        }
    }

    @Test(
        "empty levels of the path are ignored, as in all routes",
        arguments: ["//api//collections/items/", "/api/events/?after=1"])
    func emptyLevels(path: String) async throws {
        try await ItemServer.with(1) { server in
            let client = try await socket(server, path)
            #expect(try await message(client).contains(#""type":"replayed""#))
        }
    }
}
