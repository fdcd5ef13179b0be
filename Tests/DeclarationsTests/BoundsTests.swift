import Declarations
import Foundation
import Testing

/// Definitions that are too large, too deep or cyclic.
@Suite struct BoundsTests {
    /// A folder whose `app.json` has an object of `count` members.
    private static func folder(_ key: String, _ count: Int, _ member: (Int) -> String) -> Folder {
        Folder("\(count)", #"{"\#(key)":{\#((0..<count).map(member).joined(separator: ","))}}"#)
    }

    private static func members(_ count: Int, _ member: (Int) -> String) -> String {
        "{" + (0..<count).map(member).joined(separator: ",") + "}"
    }

    private static func topics(_ count: Int) -> Folder { folder("topics", count) { #""t\#($0)":{}"# } }
    private static func types(_ count: Int) -> Folder {
        Folder("\(count)", #"{"topics":{"t":\#(members(count) { #""e\#($0)":{}"# }.dropLast()),"closed":true}}}"#)
    }
    private static func collections(_ count: Int) -> Folder {
        folder("collections", count) { #""c\#($0)":{"from":"a","key":"id","on":{"e":{"delete":true}}}"# }
    }
    private static func fields(_ count: Int) -> Folder {
        let half = count / 2
        let first = members(half) { #""f\#($0)":"id""# }
        let second = members(count - half) { #""f\#($0 + half)":"id""# }
        return Folder(
            "\(count)",
            #"{"collections":{"c":{"from":"a","key":"id","on":{"e":{"put":\#(first)},"f":{"put":\#(first),"min":\#(second)}}}}}"#
        )
    }
    private static func groupFields(_ count: Int) -> Folder {
        Folder(
            "\(count)",
            #"{"collections":{"c":{"from":"a","key":"id","on":{"e":{"count":"n"}}},"g":{"of":"c","by":"n","fields":\#(members(count) { #""f\#($0)":"count""# })}}}"#
        )
    }
    private static func operationTypes(_ count: Int) -> Folder {
        Folder(
            "\(count)",
            #"{"collections":{"c":{"from":"a","key":"id","on":\#(members(count) { #""e\#($0)":{"count":"n"}"# })}}}"#)
    }
    private static func commands(_ count: Int) -> Folder {
        folder("commands", count) { #""c\#($0)":{"topic":"a","event":"b"}"# }
    }
    private static func pages(_ count: Int) -> Folder {
        Folder("\(count)", #"{"pages":\#(members(count) { #""/p\#($0)":{"template":"a"}"# })}"#, views: ["a"])
    }
    private static func levels(_ count: Int) -> Folder {
        let groups = (1...count).map { #""c\#($0)":{"of":"c\#($0 - 1)","by":"n","fields":{"n":"count"}}"# }
        return Folder(
            "\(count)",
            #"{"collections":{\#(groups.joined(separator: ",")),"c0":{"from":"a","key":"id","on":{"e":{"count":"n"}}}}}"#
        )
    }
    private static func name(_ count: Int) -> Folder {
        let name = String(repeating: "n", count: count)
        return Folder(
            "\(count)", #"{"collections":{"\#(name)":{"from":"a","key":"id","on":{"e":{"count":"n"}}}}}"#)
    }
    private static func field(_ count: Int) -> Folder {
        let name = String(repeating: "n", count: count)
        return Folder("\(count)", #"{"collections":{"c":{"from":"a","key":"id","on":{"e":{"count":"\#(name)"}}}}}"#)
    }
    private static func depth(_ count: Int) -> Folder {
        let schema =
            String(repeating: #"{"items":"#, count: count - 4) + "true" + String(repeating: "}", count: count - 4)
        return Folder("\(count)", #"{"topics":{"t":{"e":{"schema":\#(schema)}}}}"#)
    }
    private static func file(_ count: Int) -> Folder {
        Folder("\(count)", "{}" + String(repeating: " ", count: count - 2))
    }
    private static func files(_ count: Int) -> Folder {
        Folder("\(count)", "{}", views: (0..<count - 1).map { "v\($0)" })
    }
    private static func total(_ count: Int) -> Folder {
        let schemas = (0..<count).map { ("schemas/\($0).json", "true" + String(repeating: " ", count: (1 << 20) - 4)) }
        return Folder(
            "\(count)", "{}" + String(repeating: " ", count: (1 << 20) - 2),
            files: Dictionary(uniqueKeysWithValues: schemas))
    }

    /// A folder whose types all refer to one schema, which is compiled for each of them.
    private static func references(_ count: Int, to schema: String) -> Folder {
        let types = members(count) { #""e\#($0)":{"schema":{"$ref":"schemas/a.json"}}"# }
        return Folder("\(count)", #"{"topics":{"t":\#(types)}}"#, files: ["schemas/a.json": schema])
    }
    private static func sharedSchemas(_ count: Int) -> Folder {
        references(count, to: #"{"properties":\#(members(9_000) { #""p\#($0)":true"# })}"#)
    }
    private static func sharedPatterns(_ count: Int) -> Folder { references(count, to: #"{"pattern":"^a{1990}$"}"#) }
    private static func sharedValues(_ count: Int) -> Folder {
        let values = (0..<1000).map { "\"\($0)" + String(repeating: "v", count: 900) + "\"" }
        return references(count, to: #"{"enum":[\#(values.joined(separator: ","))]}"#)
    }
    private static func patterns(_ count: Int) -> Folder {
        let schemas = (0..<count).map { (String(format: "schemas/%02d.json", $0), #"{"pattern":"^a{1990}$"}"#) }
        return Folder("\(count)", "{}", files: Dictionary(uniqueKeysWithValues: schemas))
    }
    private static let statesFault =
        "the patterns of the application have more than 100000 states together; use smaller numbers in {m,n}, or minLength and maxLength"

    @Test(
        "the schemas of an application are bounded together, with those that references repeat",
        arguments: [
            (
                sharedSchemas, 10,
                "the application has more than 100000 schemas, where a schema counts again in each schema that refers to it; remove some, or name the file of a schema directly as the schema of a type"
            ),
            (sharedPatterns, 49, statesFault), (patterns, 50, statesFault),
            (
                sharedValues, 17,
                "the names of members and the values of enum and const in the schemas of the application have more than 16777216 bytes together, where those of a schema count again in each schema that refers to it; remove some"
            ),
        ] as [(@Sendable (Int) -> Folder, Int, String)])
    func schemaBudget(folder: @Sendable (Int) -> Folder, limit: Int, fault: String) {
        #expect(folder(limit).faults == [])
        for count in [limit + 1, 60] {
            let faults = folder(count).faults
            #expect(
                faults.count == 1 && faults[0].hasPrefix("schemas/") && faults[0].hasSuffix(": " + fault), "\(faults)")
        }
    }

    @Test(
        "a definition at a limit is accepted, and one beyond it is refused with the limit",
        arguments: [
            (topics, 100, #"app.json:1:11: "topics" has 101 topics; the limit is 100"#),
            (types, 100, #"app.json:1:16: "t" has 101 types; the limit is 100"#),
            (collections, 100, #"app.json:1:16: "collections" has 101 collections; the limit is 100"#),
            (fields, 64, "app.json:1:49: the collection c has 65 fields; the limit is 64"),
            (groupFields, 64, #"app.json:1:102: "fields" has 65 fields; the limit is 64"#),
            (operationTypes, 100, #"app.json:1:49: "on" has 101 types; the limit is 100"#),
            (commands, 100, #"app.json:1:13: "commands" has 101 commands; the limit is 100"#),
            (pages, 100, #"app.json:1:10: "pages" has 101 pages; the limit is 100"#),
            (
                levels, 16,
                "app.json:1:826: c17 is at level 17 of collections that are grouped from others; the limit is 16"
            ),
            (
                name, 64,
                #"app.json:1:17: "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn…" is not the name of a collection; write 1 to 64 letters, digits, _ and -, beginning with a letter or _"#
            ),
            (
                field, 64,
                #"app.json:1:63: the field "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn…" has 65 bytes; the limit is 64; choose another name"#
            ),
            (depth, 64, "app.json:1:571: arrays and objects are nested deeper than the limit of 64"),
            (file, 1 << 20, "app.json: the file has 1048577 bytes; the limit is 1048576"),
            (files, 1000, "app.json: the folder has 1001 files; the limit is 1000"),
            (total, 15, "app.json: app.json and the schemas have 17825792 bytes; the limit is 16777216"),
        ] as [(@Sendable (Int) -> Folder, Int, String)])
    func limits(folder: @Sendable (Int) -> Folder, limit: Int, fault: String) {
        #expect(folder(limit).faults == [])
        #expect(folder(limit + 1).faults == [fault])
    }

    @Test("at most 100 faults are reported, in the order of their places")
    func manyFaults() {
        let folder = Self.folder("pages", 100) { #""p\#($0)":{"templat":1,"on":2}"# }
        let faults = folder.faults
        #expect(faults.count == ApplicationFaults.maximum)
        #expect(faults.first?.hasPrefix("app.json:1:11: \"p0\" is not a route") == true)
        #expect(
            Folder("wide", "{" + (0..<5000).map { #""k\#($0)":1"# }.joined(separator: ",") + "}").faults.count == 100)
    }

    @Test(
        "a hostile definition is refused quickly, with few and short faults", .timeLimit(.minutes(1)),
        arguments: [
            // Names that are all unknown and all near to known ones.
            folder("collections", 30) { index in
                let fields = (0..<64).map { #""field\#($0)":"data.x\#($0)""# }.joined(separator: ",")
                return
                    #""c\#(index)":{"from":"a","key":"id","on":{"e":{"put":{\#(fields)}}},"index":["fiel\#(index)"]}"#
            },
            // One object with many fields.
            Folder(
                "fields",
                #"{"collections":{"c":{"from":"a","key":"id","on":{"e":{"put":{\#((0..<6000).map { #""f\#($0)":1"# }.joined(separator: ","))}}}}}}"#
            ),
            Folder(
                "index",
                #"{"collections":{"c":{"from":"a","key":"id","on":{"e":{"count":"n"}},"index":[\#((0..<9000).map { #""f\#($0)""# }.joined(separator: ","))]}}}"#
            ),
            Folder("deep", String(repeating: "[", count: 1 << 20)),
            Folder("name", #"{"collections":{"\#(String(repeating: "é", count: 50_000))":1}}"#),
            Folder("repeated", "{" + Array(repeating: #""a":1"#, count: 15_000).joined(separator: ",") + "}"),
        ])
    func hostile(folder: Folder) {
        let faults = folder.faults
        #expect((1...ApplicationFaults.maximum).contains(faults.count))
        #expect(faults.allSatisfy { $0.count < 400 })
    }

    @Test(
        "a second name that differs from the first only in its Unicode form is refused",
        arguments: [
            (#"{"topics":{"t":{"caf\u00e9":{},"cafe\u0301":{}}}}"#, "1:32"),
            (#"{"topics":{"t/\u00e9":{},"t/e\u0301":{}}}"#, "1:26"),
            (
                #"{"collections":{"c":{"from":"a","key":"id","on":{"caf\u00e9":{"put":{}},"cafe\u0301":{"put":{}}}}}}"#,
                "1:73"
            ),
            (#"{"collections":{"c":{"from":"a","key":"id","on":{"e":{"put":{"\u00e9":1,"e\u0301":2}}}}}}"#, "1:73"),
        ])
    func lookalikes(definition: String, place: String) throws {
        let faults = Folder("names", definition).faults
        #expect(faults.count == 1)
        let fault = try #require(faults.first)
        #expect(fault.hasPrefix("app.json:\(place): \""))
        #expect(fault.contains("looks like an earlier name"))
    }
}
