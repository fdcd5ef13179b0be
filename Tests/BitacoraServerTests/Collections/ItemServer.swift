import BitacoraServer
import JSON
import TestSupport

/// A server of a folder application with the collection `items`, and with groups of it.
enum ItemServer {
    static let definition = #"""
        {"topics":{"items/{item}":{"put":{},"move":{},"drop":{},"more":{}}},
         "collections":{
           "items":{"from":"items/*","key":"data.key","index":["n"],"on":{
             "put":{"put":{"group":"data.group","n":"data.n"}},"move":{"set":{"n":"data.n"}},"drop":{"delete":true}}},
           "groups":{"of":"items","by":"group","fields":{"items":"count"}}},
         "commands":{"item.put":{"topic":"items/{item}","event":"put"}}}
        """#

    /// Runs `body` with a server whose log has the items 1 to `count`, of the groups a and b in turn.
    static func with(_ count: Int = 4, _ body: (RunningServer) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            try write(definition, to: directory + "/app/app.json")
            try await withServer(data: directory + "/log", folder: directory + "/app") { server in
                for number in 1...count {
                    try await server.append(
                        "put", "\(number)", #","group":"\#(number % 2 == 1 ? "a" : "b")","n":\#(number)"#)
                }
                try await body(server)
            }
        }
    }
}

extension RunningServer {
    /// Appends an event of an item; `fields` follow its key.
    func append(_ type: String, _ key: String, _ fields: String = "") async throws {
        let answer = try await request(
            "POST", "/api/events", [("Content-Type", "application/json")],
            body: #"{"topic":"items/x","type":"\#(type)","data":{"key":"\#(key)"\#(fields)}}"#)
        guard answer.status == 201 else { throw TestFailure("the append was answered \(answer.status)") }
    }

    /// The JSON of an answer 200.
    func json(_ target: String) async throws -> JSONValue {
        let answer = try await request("GET", target)
        guard answer.status == 200 else { throw TestFailure("\(target) was answered \(answer.status): \(answer.body)") }
        return try JSONValue(parsing: answer.body)
    }
}

extension JSONValue {
    /// The keys of the rows of a page.
    var keys: [String] { self["rows"]?.array?.compactMap { $0["key"]?.string } ?? [] }
}
