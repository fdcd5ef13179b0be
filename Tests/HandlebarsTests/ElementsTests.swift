import Handlebars
import Synchronization
import Testing

@Suite("Arrays whose elements are created one at a time")
struct ListTests {
    /// The same array, once stored and once generated.
    private static func both(_ values: [Value]) -> [Value] {
        [.array(values), .list(count: values.count) { values[$0] }]
    }

    private static let rows: [Value] = [["n": 1, "t": ["a", "b"]], ["n": 2, "t": []], ["n": 3]]

    @Test(
        "templates use a list like an array",
        arguments: [
            Row(
                "{{#each l}}{{@index}}{{@key}}{{@first}}{{@last}}{{n}}{{../x}};{{else}}none{{/each}}", .array(rows),
                "00truefalse1X;11falsefalse2X;22falsetrue3X;"),
            Row("{{#each l}}{{n}}{{else}}none{{/each}}", .array([]), "none"),
            Row("{{#l}}{{n}}{{x}}{{../x}}{{else}}none{{/l}}", .array(rows), "1X2X3X"),
            Row("{{#l}}{{n}}{{else}}none{{/l}}{{^l}}empty{{/l}}", .array([]), "noneempty"),
            Row("{{#if l}}yes{{else}}no{{/if}}{{#unless l}}no{{/unless}}", .array(rows), "yes"),
            Row("{{#if l}}yes{{else}}no{{/if}}", .array([]), "no"),
            Row("{{#with l}}{{length}}{{[1].n}}{{../x}}{{else}}no{{/with}}", .array(rows), "32X"),
            Row("{{#with l}}yes{{else}}no{{/with}}", .array([]), "no"),
            Row("{{l.length}}{{l.[2].n}}{{l.[3]}}{{l.[-1]}}{{l.n}}{{l.first}}{{l.[0].t.[1]}}", .array(rows), "33b"),
            Row(
                "{{lookup l 1}}{{#with (lookup l 1)}}{{n}}{{/with}}{{lookup l 3}}{{lookup l \"length\"}}{{lookup l \"0\"}}",
                .array(rows), "[object Object]23[object Object]"),
            Row(
                "{{l}}|{{{l}}}|{{lookup l 0}}", .array(["<", .safeString("&"), nil, [1, [2, 3]]]),
                "&lt;,&amp;,,1,2,3|<,&,,1,2,3|&lt;"),
            Row("{{#each l as |row i|}}{{i}}{{row.n}}{{/each}}", .array(rows), "011223"),
            Row("{{> p l n=9}}", .array(rows), "9[object Object]"),
            Row("{{#each l}}{{#with ../l}}{{length}}{{/with}}{{/each}}", .array(rows), "333"),
            Row("{{#with l}}{{#with ../l}}{{#with .}}{{../x}}{{/with}}{{/with}}{{/with}}", .array(rows), "X"),
            Row("{{count l}}{{#helped l}}{{n}}{{/helped}}", .array(rows), "3123"),
        ])
    func isAnArray(_ row: Row) throws {
        guard case .array(let values) = row.context else { return #expect(Bool(false)) }
        let helpers: HelperRegistry = [
            "count": { call in
                guard case .array(let items) = call[0] else { return "not an array" }
                return Value(items.count)
            },
            "helped": { call in
                guard case .array(let items) = call[0] else { return "not an array" }
                return .string(try items.map { try call.fn($0) }.joined())
            },
        ]
        for list in Self.both(Array(values)) {
            let output = try render(
                row.template, ["l": list, "x": "X"], helpers: helpers, partials: ["p": "{{n}}{{[1]}}"])
            #expect(output == row.output)
        }
    }

    @Test("`..` compares lists by identity")
    func hasIdentity() throws {
        let list = Value.list(count: 1) { Value($0) }
        #expect(try render("{{#with l}}{{#with .}}{{../x}}{{/with}}{{/with}}", ["l": list, "x": "X"]) == "X")
        let other = Value.list(count: 1) { Value($0) }
        #expect(
            try render(
                "{{#with l}}{{#with @root.k}}{{../x}}|{{../length}}{{/with}}{{/with}}",
                ["l": list, "k": other, "x": "X"]) == "|1")
    }

    @Test("a loop creates each element once, in order, and keeps one at a time")
    func makesOneAtATime() throws {
        final class Alive: Sendable {
            static let count = Atomic(0)
            init() { Self.count.add(1, ordering: .relaxed) }
            deinit { Self.count.subtract(1, ordering: .relaxed) }
        }
        let made = Mutex<[Int]>([])
        let most = Atomic(0)
        let list = Value.list(count: 1000) { index in
            made.withLock { $0.append(index) }
            let alive = Alive()
            most.max(Alive.count.load(ordering: .relaxed), ordering: .relaxed)
            return ["n": .lazy { withExtendedLifetime(alive) { Value(index) } }]
        }
        let output = try render("{{#if l}}{{l.length}}:{{/if}}{{#each l}}{{n}} {{/each}}", ["l": list])
        #expect(output == "1000:" + (0..<1000).map { "\($0) " }.joined())
        #expect(made.withLock { $0 } == Array(0..<1000))
        // An element may live until the next one replaces it.
        #expect(most.load(ordering: .relaxed) <= 2)
        #expect(Alive.count.load(ordering: .relaxed) == 0)
    }

    @Test("a lazy value can be a list")
    func followsFunctions() throws {
        #expect(
            try render(
                "{{#each l}}{{.}}{{/each}}{{l}}{{#l}}{{.}}{{/l}}", ["l": .lazy { .list(count: 2) { Value($0) } }])
                == "010,101")
    }

    @Test("a slice of a collection starts at its own start index")
    func takesSlices() throws {
        let list = Value.list((0..<100)[40..<44]) { Value($0) }
        #expect(try render("{{.}}", list) == "40,41,42,43")
        #expect(try render("{{.}}", .list(["a": 1].keys.sorted().reversed()) { .string($0) }) == "a")
    }
}

@Suite("Objects of one shape")
struct ObjectShapeTests {
    private struct Row: Sendable { let name: String, size: Int }

    private static let shape: ObjectShape<Row> = [
        "name": { .string($0.name) }, "10": { Value($0.size * 10) }, "size": { Value($0.size) },
        "2": { Value($0.size * 2) },
    ]

    @Test("an object has its fields in the order of JavaScript, and can be read and changed like any other")
    func makesObjects() throws {
        #expect(Self.shape.names == ["2", "10", "name", "size"])
        var object = Self.shape.object(of: Row(name: "<a>", size: 3))
        #expect(object.keys == ["2", "10", "name", "size"])
        #expect(try render("{{name}} {{size}} {{[2]}} {{[10]}} {{other}}", .object(object)) == "&lt;a&gt; 3 6 30 ")
        object["5"] = 1
        object["name"] = nil
        object["name"] = "b"
        #expect(object.keys == ["2", "5", "10", "size", "name"])
        #expect(Self.shape.object(of: Row(name: "c", size: 1)).keys == ["2", "10", "name", "size"])
    }

    @Test("a shape of many fields uses an index")
    func makesLargeObjects() throws {
        let shape = ObjectShape<Int>((0..<60).map { place in ("f\(place)", { Value($0 + place) }) })
        var object = shape.object(of: 1000)
        for place in 0..<60 { #expect(object["f\(place)"]?.text == "\(1000 + place)") }
        object["f30"] = nil
        object["new"] = "x"
        #expect(
            object["f30"] == nil && object["f59"]?.text == "1059" && object["new"]?.text == "x" && object.count == 60)
        #expect(shape.object(of: 0)["f30"]?.text == "30")
    }

    @Test("a list over models creates an object for each")
    func listsModels() throws {
        let rows = [Row(name: "a", size: 1), Row(name: "b", size: 2)]
        #expect(
            try render("{{#each .}}{{@index}}{{name}}{{size}}{{../length}} {{/each}}", .list(rows, Self.shape))
                == "0a12 1b22 ")
        #expect(
            try render("{{#each .}}{{#each this}}{{@key}}={{this}} {{/each}}{{/each}}", .list(rows[1...], Self.shape))
                == "2=4 10=20 name=b size=2 ")
    }
}
