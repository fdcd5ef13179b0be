import Handlebars

/// The helpers of the corpus, ported from their JavaScript by hand.
enum CorpusHelpers {
    static let all: [String: Helper] = values.merging(blocks) { $1 }.merging(data) { $1 }

    /// Helpers that return a value.
    private static let values: [String: Helper] = [
        "bar_ef98df": { _ in "LOL" },
        "blog_93e775": { "val is \($0[0].text)" },
        "blog_9e7365": { "val is \($0[0].text), \($0[1].text) and \($0[2].text)" },
        "blog_a0d193": { "val is \($0["fun"].text)" },
        "concat_06b1ca": { .string($0[0].text + $0[1].text) },
        "cruel_cecd7c": { "cruel \($0[0].text.uppercased())" },
        "dash_ff4784": { "\($0[0].text)-\($0[1].text)" },
        "equal_15dc8a": { .bool(areIdentical($0[0], $0[1])) },
        "equal_9cb94f": { .bool(areIdentical($0[0], $0[1])) },
        "foo_517068": { .string($0[0].text + $0[0].text) },
        "foo_deb2b7": { "bar \($0[0].text)" },
        "goodbye_2aa296": { "GOODBYE \($0["cruel"].text) \($0["world"].text) \($0["times"].text) TIMES" },
        "goodbye_604767": { "Goodbye \($0[0].text) \($0[1].text)" },
        "goodbye_c2ef53": { .string($0.context["goodbye"].text.uppercased()) },
        "goodbye_1221e9": { call in
            if case .bool(true) = call["print"] { return "GOODBYE \(call["cruel"].text) \(call["world"].text)" }
            if case .bool(false) = call["print"] { return "NOT PRINTING" }
            return "THIS SHOULD NOT HAPPEN"
        },
        "hello_00b991": { "Hello \(number($0[0])) \(number($0[1])) times" },
        "hello_0ca7eb": { "Hello \($0[0].text) \(number($0[1])) times: \(bool($0[2])) \(bool($0[3]))" },
        "hello_14fe90": { "Hello \(number($0[0])) times" },
        "hello_7bfefc": { "Hello \($0[0].text)" },
        "hello_bd42e4": { _ in "foo" },
        "hello_bf9347": { "Hello \($0[0].text)" },
        "hello_daa6cf": { "Hello \($0["noun"].text)" },
        "helpa_45adae": { $0["length"] },
        "helper_30b4d0": { _ in "helper" },
        "helper_b73d9c": { call in
            guard call.hash.keys.contains("value"), case .undefined = call["value"] else { return "failure" }
            return "success"
        },
        "helper_fdcb5c": { call in
            switch call.context {
            case .object(let object): object.isEmpty ? "not" : "found"
            case .string(let text): text.isEmpty ? "not" : "found"
            default: "not"
            }
        },
        "input_d98b6d": { call in
            .safeString(
                "<input aria-label=\"\(escaped(call["aria-label"]))\" placeholder=\"\(escaped(call["placeholder"]))\" />"
            )
        },
        "link_e18534": { call in
            "<a href=\"\(call[0].text)/\(call.context["url"].text)\">\(call.context["text"].text)</a>"
        },
        "lookup_6748bc": { _ in "helpers" },
        "nothere_e8a6bc": { _ in .undefined },
        "partial_6c07ed": { _ in "missing" },
        "partial_cd22c6": { _ in "dude" },
        "str_7b2227": { .string($0[0].text) },
        "t_383499": { .safeString($0[0].text) },
        "testHelper_fd9b15": { _ in "found it!" },
        "typeof_1c60eb": { .string(type(of: $0[0])) },
        "world_47f6cc": { _ in "world!" },
        "world_74f51f": { _ in "world" },
    ]

    /// Helpers that render their blocks.
    private static let blocks: [String: Helper] = [
        "awesome_f74e14": { .string(try $0.fn()) },
        "blk_b60bcc": { .string(try $0.fn("")) },
        "form_e88bb9": { "<form>\(try $0.fn())</form>" },
        "form_f3f532": { "<form>\(try $0.fn($0[0]))</form>" },
        "goodbye_00d02b": { call in
            .string(try call.fn(["greeting": "Goodbye", "adj": call[0], "noun": call[1]]))
        },
        "goodbye_3f9545": { "GOODBYE \($0["cruel"].text) \(try $0.fn()) \($0["times"].text) TIMES" },
        "goodbye_725181": { call in
            if case .bool(true) = call["print"] { return "GOODBYE \(call["cruel"].text) \(try call.fn())" }
            if case .bool(false) = call["print"] { return "NOT PRINTING" }
            return "THIS SHOULD NOT HAPPEN"
        },
        "goodbye_a68ed8": { .string($0.context["goodbye"].text.uppercased() + (try $0.fn())) },
        "goodbyes_61f81c": { call in
            try expect(call.blockParameterCount == 1)
            return .string(try call.fn(blockParameters: [1, 2]))
        },
        "goodbyes_8b88c9": { call in
            .string(try ["Goodbye", "goodbye", "GOODBYE"].map { "\($0) \(try call.fn())! " }.joined())
        },
        "goodbyes_9013b4": { call in
            try expect(call.blockParameterCount == 1)
            return .string(try call.fn(["value": "bar"], blockParameters: [1, 2]))
        },
        "goodbyes_ac5cbd": { .string(try $0.fn(["text": "GOODBYE"])) },
        "goodbyes_ce96f2": { call in
            try expect(call.blockParameterCount == 1)
            return .string(try call.fn([:], blockParameters: [1, 2]))
        },
        "goodbyes_e190f2": { call in
            .string(try ["Goodbye", "goodbye", "GOODBYE"].map { "\($0) \(try call.fn([:]))! " }.joined())
        },
        "identity_957c5e": { .string(try $0.fn(.undefined)) },
        "inverse_ddc031": { .string(try $0.inverse("")) },
        "link_7f1778": { "<a href=\"\($0.context["name"].text)\">\(try $0.fn())</a>" },
        "link_df37cb": { "<a href=\"/people/\($0.context["id"].text)\">\(try $0.fn())</a>" },
        "link_e94c9e": { "<a href=\"\($0[0].text)/\($0.context["url"].text)\">\(try $0.fn())</a>" },
        "list_8f7ad9": { call in
            guard case .array(let items) = call[0], !items.isEmpty else { return "<p>\(try call.inverse())</p>" }
            return "<ul>\(try items.map { "<li>\(try call.fn($0))</li>" }.joined())</ul>"
        },
        "myif_f9bf32": { .string(try $0[0].isFalsy ? $0.inverse() : $0.fn()) },
        "raw_f37d4c": { .string(try $0.fn(.undefined) + $0[0].text + $0[1].text + $0[2].text) },
        "wrap_bcb55f": { .safeString(try $0.fn(.undefined)) },
    ]

    /// Helpers that read data variables or the name of the call.
    private static let data: [String: Helper] = [
        "blockHelperMissing_56ad75": { "missing: \($0.name)" },
        "detectDataInsideEach_e04dc6": { $0.data("exclaim") },
        "hello_2173f0": { .string(try $0.fn(["exclaim": "?"])) },
        "hello_6ad137": { "\($0.data("accessData").text) \(try $0.fn(["exclaim": "?"]))" },
        "hello_b300de": { .string(try $0.fn(["exclaim": "?", "zomg": "world"], data: ["adjective": "sad"])) },
        "hello_d06b13": { .string(try $0.fn(["exclaim": "?"], data: ["adjective": "sad"])) },
        "hello_d2e101": { "\($0.data("adjective").text) \($0[0].text)\($0.context["exclaim"].isFalsy ? "" : "!")" },
        "hello_d9128c": { "\($0.data("adjective").text) \($0.context["noun"].text)" },
        "helperMissing_55088e": { "helper missing: \($0.name)" },
        "helperMissing_bf97a8": { $0.name == "link_to" ? .safeString("<a>winning</a>") : .undefined },
        "helperMissing_c038b7": { $0.name == "link_to" ? .safeString("<a>\($0[0].text)</a>") : .undefined },
        "helperMissing_d9a263": { call in
            guard call.arguments.isEmpty else { throw call.error("Missing helper: \"\(call.name)\"") }
            return .undefined
        },
        "helper_2b6a21": { "ran: \($0.name)" },
        "helper_f39d92": { call in
            guard case .number(let depth) = call.data("depth") else { return .undefined }
            return .string(try call.fn(data: ["depth": .number(depth + 1)]))
        },
        "let_5e558c": { call in
            let variables = Dictionary(call.hash.entries.map { ($0.key, $0.value) }) { $1 }
            return .string(try call.fn(data: variables))
        },
        "world_4e8676": { "\($0.data("adjective").text) world\($0.context["exclaim"].isFalsy ? "" : "!")" },
        "world_8ed583": { call in
            let exclaim = call.context["exclaim"]
            return "\(call.data("adjective").text) \(call[0].text)\(exclaim.isFalsy ? "" : exclaim.text)"
        },
    ]

    private struct Failure: Error {}

    private static func expect(_ condition: Bool) throws {
        if !condition { throw Failure() }
    }

    private static func number(_ value: Value) -> String {
        if case .number = value { return value.text }
        return "NaN"
    }

    private static func bool(_ value: Value) -> String {
        if case .bool = value { return value.text }
        return "NaB"
    }

    private static func escaped(_ value: Value) -> String {
        HTML.escape(value.text)
    }

    private static func areIdentical(_ one: Value, _ two: Value) -> Bool {
        type(of: one) == type(of: two) && one.text == two.text
    }

    private static func type(of value: Value) -> String {
        switch value {
        case .undefined: "undefined"
        case .null, .array, .object, .safeString: "object"
        case .bool: "boolean"
        case .number: "number"
        case .string: "string"
        case .function: "function"
        }
    }
}
