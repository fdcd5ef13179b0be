import BitacoraServer
import JSON
import TestSupport
import Testing

/// Rows over HTTP, from a whole server.
@Suite struct CollectionRoutesTests {
    private static let items = "/api/collections/items"

    @Test("the list names each collection with its fields and its number of rows")
    func list() async throws {
        try await ItemServer.with { server in
            let collections = try await server.json("/api/collections")["collections"]?.array
            #expect(collections?.map { $0["name"]?.string } == ["items", "groups"])
            #expect(collections?.map { $0["count"]?.int } == [4, 2])
            #expect(collections?.first?["fields"] == ["group", "n"])
            #expect(collections?.first?["offset"]?.int == 4 && collections?.first?["startedAfter"]?.int == 0)
            #expect(collections?.first?["skipped"] == [:])
        }
    }

    @Test("a server without a folder application has no collections")
    func none() async throws {
        try await withTemporaryDirectory { directory in
            try await withServer(data: directory + "/log", application: nil) { server in
                #expect(try await server.json("/api/collections") == ["collections": []])
                let answer = try await server.request("GET", "/api/collections/x", [("Accept", "text/event-stream")])
                #expect(answer.status == 404)
                #expect(answer.body.contains("there is no collection 'x'; this server has no collections"))
            }
        }
    }

    @Test(
        "rows are filtered and sorted",
        arguments: [
            ("", ["1", "2", "3", "4"]), ("?where[group]=a", ["1", "3"]), ("?where%5Bn%5D%5Bgte%5D=3", ["3", "4"]),
            ("?where[group]=b&where[n][not]=2", ["4"]), ("?sort=-n", ["4", "3", "2", "1"]),
            ("?sort=group,-n&limit=3", ["3", "1", "4"]), ("?where[n][in]=1,4&utm_source=x", ["1", "4"]),
        ])
    func rows(query: String, keys: [String]) async throws {
        try await ItemServer.with { server in
            let page = try await server.json(Self.items + query)
            #expect(page.keys == keys)
            #expect(page["offset"]?.int == 4)
            #expect(page["position"]?.string?.hasSuffix(":4") == true)
        }
    }

    @Test("following next visits each row once, and total counts the rows of all pages")
    func pages() async throws {
        try await ItemServer.with(7) { server in
            var (keys, next) = ([String](), "")
            repeat {
                let page = try await server.json(Self.items + "?sort=-n&limit=3" + next)
                keys += page.keys
                #expect(page["total"]?.int == 7)
                next = page["next"]?.string.map { "&after=" + $0 } ?? ""
            } while !next.isEmpty
            #expect(keys == ["7", "6", "5", "4", "3", "2", "1"])
        }
    }

    @Test("a row has its value and the offset of its last change; a key may contain a slash")
    func row() async throws {
        try await ItemServer.with { server in
            try await server.append("put", "a/b c", #","group":"c","n":1.50"#)
            for path in ["/a%2Fb%20c", "/a/b%20c"] {
                let row = try await server.json(Self.items + path)
                #expect(row["key"] == "a/b c" && row["changed"]?.int == 5 && row["offset"]?.int == 5)
                #expect(row["value"]?.text == #"{"group":"c","n":1.50}"#)
            }
            #expect(try await server.json("/api/collections/groups/a")["value"] == ["items": 2])
        }
    }

    @Test("at shows the rows and a row of the past")
    func past() async throws {
        try await ItemServer.with { server in
            try await server.append("drop", "1")
            #expect(try await server.json(Self.items).keys == ["2", "3", "4"])
            let page = try await server.json(Self.items + "?at=2")
            #expect(page.keys == ["1", "2"] && page["offset"]?.int == 2)
            #expect(try await server.json(Self.items + "/1?at=4")["offset"]?.int == 4)
            #expect(try await server.request("GET", Self.items + "/1").status == 404)
            #expect(try await server.request("GET", Self.items + "?at=6").status == 404)
            #expect(try await server.json(Self.items + "?at=2099-01-01").keys == ["2", "3", "4"])
        }
    }

    @Test(
        "a request that is not valid is answered 400 with the field and what is valid",
        arguments: [
            ("?where[colour]=a", "where[colour]", "its fields are group, n"),
            ("?sort=-colour", "sort", "its fields are group, n"),
            ("?wher[n]=1", "wher[n]", "did you mean 'where'?"), ("?Limit=3", "Limit", "did you mean 'limit'?"),
            ("?n=1", "n", "write where[n]=1"), ("?group=a,b&limit=2", "group", "write where[group]=a,b"),
            ("?where=1", "where", "write where[field]=value"),
            ("?where[n][like]=1", "where[n]", "'like' is not a comparison"),
            ("?limit=0", "limit", "write a number from 1 to 1000"),
            ("?limit=1001", "limit", "write a number from 1 to 1000"),
            ("?after=x", "after", "is not a cursor of these rows"),
            ("?at=never", "at", "is neither an offset nor a time"),
        ])
    func invalid(query: String, field: String, detail: String) async throws {
        try await ItemServer.with(1) { server in
            let answer = try await server.request("GET", Self.items + query)
            #expect(answer.status == 400)
            let problem = try JSONValue(parsing: answer.body)
            #expect(problem["code"] == "invalid" && problem["field"] == .string(field))
            #expect(problem["detail"]?.string?.contains(detail) == true, "\(answer.body)")
        }
    }

    @Test(
        "the address of one row refuses the parameters that select rows",
        arguments: ["where[n]", "where", "limit", "sort", "after"])
    func parametersOfRow(name: String) async throws {
        try await ItemServer.with(1) { server in
            let answer = try await server.request("GET", Self.items + "/1?utm_source=x&\(name)=1")
            #expect(answer.status == 400)
            let problem = try JSONValue(parsing: answer.body)
            #expect(problem["code"] == "invalid" && problem["field"] == .string(name))
            #expect(problem["detail"]?.string?.hasSuffix("its only parameter is at") == true, "\(answer.body)")
        }
    }

    @Test("the cursor of another collection is refused, also with the same sort")
    func otherCursor() async throws {
        try await ItemServer.with { server in
            let next = try #require(try await server.json(Self.items + "?limit=1")["next"]?.string)
            #expect(try await server.request("GET", "/api/collections/groups?after=\(next)").status == 400)
            #expect(try await server.request("GET", Self.items + "?after=\(next)").status == 200)
        }
    }

    @Test("of a parameter that is written twice, the first value counts")
    func repeated() async throws {
        try await ItemServer.with { server in
            #expect(try await server.json(Self.items + "?limit=1&limit=2").keys == ["1"])
            #expect(try await server.json(Self.items + "?at=1&at=2").keys == ["1"])
            let events = try await server.json("/api/events?limit=1&limit=2")["events"]
            #expect(events?.array?.count == 1)
        }
    }

    @Test("the list of the collections has no past")
    func listOfThePast() async throws {
        try await ItemServer.with(1) { server in
            let answer = try await server.request("GET", "/api/collections?at=1")
            #expect(answer.status == 400)
            #expect(answer.body.contains("ask for the rows of one"))
            #expect(try await server.request("GET", "/api/collections?at=").status == 200)
        }
    }

    @Test("an unknown collection is answered 404 with the names, an unknown key 404 with the collection")
    func unknown() async throws {
        try await ItemServer.with(1) { server in
            let collection = try await server.request("GET", "/api/collections/order")
            #expect(collection.status == 404)
            #expect(collection.body.contains("there is no collection 'order'; the collections are items, groups"))
            let key = try await server.request("GET", Self.items + "/nobody")
            #expect(key.status == 404)
            #expect(key.body.contains("there is no row 'nobody' in collection items"))
        }
    }

    @Test("rows and a row have a tag that changes with them only", arguments: [items, items + "/1", items + "?at=1"])
    func tags(target: String) async throws {
        try await ItemServer.with(1) { server in
            let first = try await server.request("GET", target)
            let tag = try #require(first.headers["etag"])
            #expect(first.headers["cache-control"] == "no-cache")
            let other = try await server.request(
                "POST", "/api/events", body: #"{"topic":"elsewhere","type":"x","data":1}"#)
            #expect(other.status == 201)
            let same = try await server.request("GET", target, [("If-None-Match", tag)])
            #expect(same.status == 304 && same.headers["etag"] == tag && same.headers["cache-control"] == "no-cache")
            try await server.append("move", "1", #","n":9"#)
            let changed = try await server.request("GET", target, [("If-None-Match", tag)])
            #expect(changed.status == (target.hasSuffix("at=1") ? 304 : 200))
        }
    }

    @Test("HEAD has the headers of GET and no body", arguments: ["/api/collections", items, items + "/1"])
    func head(target: String) async throws {
        try await ItemServer.with(1) { server in
            let (get, head) = (try await server.request("GET", target), try await server.request("HEAD", target))
            #expect(head.status == 200 && head.body.isEmpty)
            for name in ["etag", "content-length", "content-type"] { #expect(head.headers[name] == get.headers[name]) }
        }
    }
}
