import Commands
import Declarations
import EventLog
import Testing

@Suite struct TopicTests {
    @Test(
        "a template is a topic in which a level can be a name in braces",
        arguments: [
            ("orders/{order}", ["order 1"]), ("a", []), ("{a}/b/{c-d_1}", ["a 0", "c-d_1 2"]), ("é/ü", []),
        ])
    func valid(text: String, names: [String]) throws {
        let template = try #require(TopicTemplate(text))
        #expect(template.names.map { "\($0.name) \($0.level)" } == names)
        #expect(template.description == text)
    }

    @Test(
        "other text is no template",
        arguments: [
            "", "/", "a/", "/a", "a//b", "a/*", "**", "{a}/{a}", "{}", "{1}", "{a b}", "{a", "a}", "x{a}", "{a}x",
            "{{a}}",
            "a\u{0}", "a\u{85}b", String(repeating: "a", count: 256),
        ])
    func invalid(text: String) {
        #expect(TopicTemplate(text) == nil)
    }

    @Test(
        "a topic matches when its levels are the template's, and a name matches one level",
        arguments: [
            ("orders/{order}", "orders/7", true), ("orders/{order}", "orders/ä ö", true),
            ("orders/{order}", "orders", false),
            ("orders/{order}", "orders/7/8", false), ("orders/{order}", "order/7", false),
            ("orders/{order}", "orders/", false),
            ("orders/{order}", "ordersx/7", false), ("a/{b}/c", "a/1/c", true), ("a/{b}/c", "a/1/d", false),
            ("a", "a", true),
            ("a", "ab", false), ("{a}", "x", true), ("{a}", "", false), ("{a}/b", "x/b", true),
            ("e\u{301}", "\u{e9}", false),
        ])
    func matches(template: String, topic: String, isMatch: Bool) throws {
        #expect(try #require(TopicTemplate(template)).matches(topic) == isMatch)
    }

    @Test(
        "values make a topic unless one cannot be a level",
        arguments: [
            (["a": "1", "b": "x y"], "t/1/u/x y"), (["a": "1"], nil), (["a": "", "b": "2"], nil),
            (["a": "1/2", "b": "2"], nil),
            (["a": "*", "b": "2"], nil), (["a": "\n", "b": "2"], nil),
            (["a": String(repeating: "x", count: 250), "b": "2"], String?.none),
            (["a": String(repeating: "x", count: 249), "b": "2"], "t/\(String(repeating: "x", count: 249))/u/2"),
        ])
    func fills(values: [String: String], topic: String?) throws {
        #expect(try #require(TopicTemplate("t/{a}/u/{b}")).topic(values) == topic)
    }
}

/// Events that clients append themselves.
@Suite struct TopicRulesTests {
    private let topics: TopicRules

    init() throws { topics = try Folder.shop.read().topics }

    private func refusal(_ topic: String, _ type: String, _ data: EventData, importing: Bool = false) -> Refusal? {
        do throws(Refusal) {
            try topics.check(topic: topic, type: type, data: data, allowsCommandTypes: importing)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "events that fit, and those of undeclared topics and open types, are accepted",
        arguments: [
            ("orders/7", "order.placed", #"{"customer":"Ana","total":1}"#), ("orders/7", "order.cancelled", "[1]"),
            ("orders", "anything", "{}"), ("orders/7/8", "order.placed", "1"), ("shops/1/visits", "other", "1"),
        ])
    func accepted(topic: String, type: String, data: String) {
        #expect(refusal(topic, type, .json(Array(data.utf8))) == nil)
    }

    @Test(
        "data that do not fit the schema are refused with the place in the event",
        arguments: [
            (#"{"customer":7,"total":1}"#, "/data/customer"), (#"{"customer":"Ana","total":"1"}"#, "/data/total"),
            (#"{"customer":"Ana","total":1,"x":1}"#, "/data/x"), ("[]", "/data"),
            (#"{"customer":"Ana"}"#, "/data/total"),
        ])
    func misfits(data: String, field: String) {
        let refusal = refusal("orders/7", "order.placed", .json(Array(data.utf8)))
        #expect(refusal?.code.rawValue == "schema")
        #expect(refusal?.code.kind == .invalid)
        #expect(refusal?.field == field)
        #expect(refusal?.message.hasPrefix(field + " ") == true)
    }

    @Test(
        "the rules of a type are for its bytes, not for another Unicode form of its name",
        arguments: [
            ("caf\u{E9}", "[]", "command-only"), ("cafe\u{301}", "[]", nil), ("na\u{EF}ve", "[]", "schema"),
            ("nai\u{308}ve", "[]", nil),
        ])
    func forms(type: String, data: String, code: String?) throws {
        let rules = #"{"caf\u00e9":{"commandOnly":true},"na\u00efve":{"schema":{"type":"object"}}}"#
        for closed in [false, true] {
            let rules = closed ? #"{"closed":true,"# + rules.dropFirst() : rules
            let topics = try Folder("forms", #"{"topics":{"t":\#(rules)}}"#).read().topics
            var found: String?
            do throws(Refusal) {
                try topics.check(topic: "t", type: type, data: .json(Array(data.utf8)), allowsCommandTypes: false)
            } catch {
                found = error.code.rawValue
            }
            #expect(found == code ?? (closed ? "undeclared" : nil))
        }
    }

    @Test("a schema is found by the bytes of its path")
    func schemaPaths() {
        let folder = Folder(
            "paths", #"{"topics":{"t":{"a":{"schema":"schemas/e\u0301.json"}}}}"#, files: ["schemas/\u{E9}.json": "{}"])
        #expect(folder.faults.count == 1)
        #expect(folder.faults.first?.contains("there is no schema") == true)
    }

    @Test("bytes, and data nested deeper than the limit, are refused when the type has a schema")
    func notJSON() {
        let bytes = refusal("orders/7", "order.placed", .bytes([1]))
        #expect(
            bytes?.description
                == "schema: the data of order.placed must be JSON, because the type has a schema, not bytes")
        #expect(bytes?.field == "data")
        let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
        #expect(
            refusal("orders/7", "order.placed", .json(Array(deep.utf8)))?.message
                == "the data of order.placed are not JSON: line 1, column 65: arrays and objects are nested deeper than the limit of 64"
        )
        #expect(refusal("orders/7", "order.cancelled", .bytes([1])) == nil)
    }

    @Test("a type that only commands append is refused with the command to send, unless a history is imported")
    func commandOnly() {
        let data = EventData.json(Array(#"{"amount":1}"#.utf8))
        let refusal = refusal("orders/7", "order.paid", data)
        #expect(
            refusal?.description
                == "command-only: order.paid on orders/{order} is only appended by commands; send the command order.pay instead"
        )
        #expect(refusal?.field == "type")
        #expect(self.refusal("orders/7", "order.paid", data, importing: true) == nil)
        #expect(self.refusal("orders/7", "order.paid", .json([0x31]), importing: true)?.code.rawValue == "schema")
    }

    @Test("a closed topic refuses other types")
    func closed() {
        let refusal = refusal("orders/7", "order.plaecd", .json([0x31]), importing: true)
        #expect(
            refusal?.description
                == "undeclared: the topic orders/{order} is closed and has no type \"order.plaecd\"; its types are order.placed, order.paid, order.cancelled"
        )
        #expect(refusal?.field == "type")
    }
}
