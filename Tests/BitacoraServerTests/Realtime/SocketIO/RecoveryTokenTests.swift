import EventLog
import Foundation
import Testing
@testable import BitacoraServer

@Suite struct RecoveryTokenTests {
    private static func scope(
        log: UInt64 = 7, namespace: String = "/", topics: [String] = ["a", "b"], types: [String] = ["x"]
    ) -> RecoveryToken.Scope {
        RecoveryToken.Scope(
            log: LogID(rawValue: log), namespace: namespace,
            filter: EventFilter(topics: topics.compactMap { TopicPattern($0) }, types: types))
    }

    @Test("a token is read as it was signed", arguments: [nil, 0, 17] as [Offset?])
    func roundTrip(start: Offset?) async throws {
        try await withTemporaryDirectory { directory in
            let key = try RecoveryKey(directory: directory)
            let token = RecoveryToken(sid: "abcdefghij0123456789", start: start)
            let text = token.signed(with: key, Self.scope())
            #expect(text.utf8.count <= RecoveryToken.maximumBytes)
            #expect(RecoveryToken(text, key: key, Self.scope()) == token)
            #expect(
                RecoveryToken(text, key: key, Self.scope(topics: ["b", "a"])) == token,
                "the order of a filter does not matter")
        }
    }

    @Test("a token is valid only for its log, namespace, filter and key")
    func binding() async throws {
        try await withTemporaryDirectory { directory in
            let key = try RecoveryKey(directory: directory)
            let text = RecoveryToken(sid: "s", start: nil).signed(with: key, Self.scope())
            for scope in [
                Self.scope(log: 8), Self.scope(namespace: "/chat"), Self.scope(topics: ["a"]), Self.scope(types: []),
                Self.scope(topics: ["a", "b", "x"], types: []), Self.scope(topics: ["a"], types: ["b", "x"]),
            ] { #expect(RecoveryToken(text, key: key, scope) == nil) }
            try await withTemporaryDirectory { other in
                let otherKey = try RecoveryKey(directory: other)
                #expect(RecoveryToken(text, key: otherKey, Self.scope()) == nil)
            }
        }
    }

    @Test("a token that was changed or cut is rejected")
    func forging() async throws {
        try await withTemporaryDirectory { directory in
            let key = try RecoveryKey(directory: directory)
            let text = Array(RecoveryToken(sid: "name", start: 1).signed(with: key, Self.scope()))
            for index in text.indices {
                var forged = text
                forged[index] = forged[index] == "A" ? "B" : "A"
                #expect(RecoveryToken(String(forged), key: key, Self.scope()) == nil)
                #expect(RecoveryToken(String(text.prefix(index)), key: key, Self.scope()) == nil)
            }
            #expect(RecoveryToken(String(repeating: "A", count: 100_000), key: key, Self.scope()) == nil)
        }
    }

    @Test("the key stays the same, and only its owner reads it")
    func keeping() async throws {
        try await withTemporaryDirectory { directory in
            let text = RecoveryToken(sid: "s", start: nil).signed(
                with: try RecoveryKey(directory: directory), Self.scope())
            let sameKey = try RecoveryKey(directory: directory)
            #expect(RecoveryToken(text, key: sameKey, Self.scope()) != nil)
            let path = directory + "/" + RecoveryKey.fileName
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            try write("short", to: path)
            let error = #expect(throws: ServerError.self) { try RecoveryKey(directory: directory) }
            #expect(error.map { "\($0)".contains("remove the file to create a new key") } == true)
        }
    }
}
