import EventLog
import JSON
import TestSupport
import Testing

@Suite("Cloud events") struct CloudEventTests {
    private static func text(_ view: borrowing EventView) -> String {
        var writer = EventJSONWriter(.cloudEvent(log: LogID(rawValue: 0xFF)))
        let bytes = [UInt8](unsafeUninitializedCapacity: writer.bound(view)) { buffer, count in
            count = writer.write(view, to: UnsafeMutableRawPointer(buffer.baseAddress!))
            #expect(count <= buffer.count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func texts(_ events: [NewEvent], at microseconds: Int64) async throws -> [String] {
        let clock = TestClock(microseconds)
        return try await withLog({ $0.clock = { clock.now } }) { log in
            try await log.append(events)
            var texts: [String] = []
            _ = try log.scan(after: .start) { view in
                texts.append(text(view))
                return true
            }
            return texts
        }
    }

    @Test(
        "have the fields of the event in the attributes of the specification",
        arguments: [
            (
                NewEvent(topic: "products", type: "product.created", data: .json(Array(#"{"a":1}"#.utf8))),
                #"{"specversion":"1.0","id":"1","source":"bitacora:00000000000000ff","type":"product.created","subject":"products","time":"2026-01-02T03:04:05.678901Z","datacontenttype":"application/json","data":{"a":1}}"#
            ),
            (
                NewEvent(topic: "a\"b", type: "t\\u", id: "ñ", source: "not a URI", data: .bytes([1, 2, 3, 4])),
                #"{"specversion":"1.0","id":"1","source":"bitacora:00000000000000ff","type":"t\\u","subject":"a\"b","time":"2026-01-02T03:04:05.678901Z","datacontenttype":"application/octet-stream","eventid":"ñ","eventsource":"not a URI","data_base64":"AQIDBA=="}"#
            ),
        ])
    func form(event: NewEvent, text: String) async throws {
        #expect(try await Self.texts([event], at: 1_767_323_045_678_901) == [text])
    }

    @Test(
        "keep their bound with names of any length and any number of escapes",
        arguments: SeededGenerator.seeds)
    func bound(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let events = (0..<200).map { _ in
            NewEvent(
                topic: String(repeating: "\"", count: random.number(1...255)),
                type: String(repeating: "\\", count: random.number(1...127)),
                id: nil, source: String(repeating: "\"", count: random.number(1...255)),
                data: random.chance(1, of: 2)
                    ? .bytes([UInt8](repeating: 7, count: random.number(0...5))) : .json(Array("0".utf8)))
        }
        for (event, text) in zip(events, try await Self.texts(events, at: 0)) {
            let value = try JSONValue(parsing: text)
            #expect(value["subject"]?.string == event.topic)
            #expect(value["eventsource"]?.string == event.source)
        }
    }
}
