import Handlebars
import Testing

@Suite("Objects of one shape")
struct ObjectShapeTests {
    private struct Row: Sendable { let name: String, size: Int }

    private static let shape: ObjectShape<Row> = [
        "name": { .string($0.name) }, "10": { Value($0.size * 10) }, "size": { Value($0.size) },
        "2": { Value($0.size * 2) },
    ]

    @Test("an object has the fields in JavaScript's order, and is found in by name and changed like any other")
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

    @Test("a shape of many fields is found in through an index")
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

    @Test("a list over models makes an object for each")
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
