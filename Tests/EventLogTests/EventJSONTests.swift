import EventLog
import JSON
import TestSupport
import Testing

@Suite("Events as JSON") struct EventJSONTests {
    private static func json(_ event: NewEvent, at microseconds: Int64) async throws -> String {
        let clock = TestClock(microseconds)
        return try await withLog({ $0.clock = { clock.now } }) { log in
            try await log.append(event)
            var text = ""
            _ = try log.scan(after: .start) { view in
                text = String(decoding: view.json, as: UTF8.self)
                return true
            }
            return text
        }
    }

    @Test(
        "is the form that all interfaces share",
        arguments: [
            (
                NewEvent(topic: "products", type: "product.created", data: .json(Array(#"{"a":1}"#.utf8))),
                #"{"offset":1,"time":"2026-01-02T03:04:05.678901Z","topic":"products","type":"product.created","id":null,"source":null,"data":{"a":1}}"#
            ),
            (
                NewEvent(topic: "a\"b", type: "t\\u", id: "ñ", source: "/", data: .bytes([])),
                #"{"offset":1,"time":"2026-01-02T03:04:05.678901Z","topic":"a\"b","type":"t\\u","id":"ñ","source":"/","data":"","encoding":"base64"}"#
            ),
        ])
    func form(event: NewEvent, json: String) async throws {
        #expect(try await Self.json(event, at: 1_767_323_045_678_901) == json)
    }

    @Test(
        "bytes are base64",
        arguments: [
            ([UInt8](), ""), ([0], "AA=="), ([255, 254], "//4="), ([1, 2, 3], "AQID"),
            (Array("any carnal pleas".utf8), "YW55IGNhcm5hbCBwbGVhcw=="),
            ([0xFB, 0xEF, 0xFF, 0x3E], "++//Pg=="),
        ])
    func base64(bytes: [UInt8], text: String) async throws {
        let json = try JSONValue(
            parsing: try await Self.json(NewEvent(topic: "t", type: "t", data: .bytes(bytes)), at: 0))
        #expect(json["data"]?.string == text)
        #expect(json["encoding"]?.string == "base64")
    }

    @Test(
        "a quote or a backslash is escaped at every index of a name of any length", arguments: 1...40)
    func escapes(length: Int) async throws {
        var names = [String(repeating: "a", count: length), String(repeating: "ÿ", count: length)]
        for place in 0..<length {
            for special in ["\"", "\\", "!", "#", "[", "]", "\u{A2}"] {
                names.append(
                    String(repeating: "a", count: place) + special + String(repeating: "a", count: length - place - 1))
            }
        }
        try await withLog(unsynced) { log in
            try await log.append(
                names.map { NewEvent(topic: "t", type: "t.t", source: $0, data: .json(Array("1".utf8))) })
            var sources: [String?] = []
            _ = try log.scan(after: .start) { view in
                sources.append((try? JSONValue(parsing: view.json))?["source"]?.string)
                return true
            }
            #expect(sources == names)
        }
    }

    @Test(
        "a writer of many events writes what a writer of each writes, within its bound",
        arguments: SeededGenerator.seeds)
    func runs(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let clock = TestClock(-5_000_000)
        let events = (0..<200).map { number in
            NewEvent(
                topic: random.chance(1, of: 9) ? String(repeating: "\"", count: 255) : "t", type: "t",
                id: random.chance(1, of: 3) ? "\(number)" : nil,
                data: random.chance(1, of: 2)
                    ? .json(Array("\(number)".utf8)) : .bytes([UInt8](repeating: 7, count: random.number(0...50))))
        }
        try await withLog({
            unsynced(&$0)
            $0.clock = { clock.now }
        }) { log in
            var time: Int64 = -5_000_000
            for event in events {
                time += Int64(random.number(0...400_000))
                clock.set(time)
                try await log.append(event)
            }
            var writer = EventJSONWriter()
            var count = 0
            _ = try log.scan(after: .start) { view in
                var bound = 0
                let bytes = [UInt8](unsafeUninitializedCapacity: writer.bound(view)) { buffer, written in
                    bound = buffer.count
                    written = writer.write(view, to: UnsafeMutableRawPointer(buffer.baseAddress!))
                }
                #expect(bytes == view.json && bytes.count <= bound)
                let parsed = try? JSONValue(parsing: bytes)
                #expect(parsed?["offset"]?.int == Int(view.offset.rawValue))
                #expect(parsed?["time"]?.string == view.time.description)
                #expect(parsed?["topic"]?.string == events[count].topic)
                count += 1
                return true
            }
            #expect(count == events.count)
        }
    }
}
