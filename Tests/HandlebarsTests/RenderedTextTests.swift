import Handlebars
import Testing

@Suite("Rendered text")
struct RenderedTextTests {
    @Test(
        "a template that is not UTF-8 prints U+FFFD, also through helpers",
        arguments: [
            [0xff], [0xe2, 0x82], [0xc2], [0x80, 0x80], [0xf0, 0x9f, 0x92], [0xed, 0xa0, 0x80],
        ] as [[UInt8]])
    func repairs(_ broken: [UInt8]) throws {
        let expected = "<" + String(decoding: broken, as: UTF8.self) + "é"
        let helpers: HelperRegistry = [
            "count": { Value(try $0.fn().unicodeScalars.count) }, "same": { .string(try $0.fn()) },
        ]
        for (open, close) in [("", ""), ("{{#same}}", "{{/same}}"), ("{{#if true}}", "{{/if}}")] {
            let source = Array(open.utf8) + [UInt8(ascii: "<")] + broken + Array(("é" + close).utf8)
            let output = try Template(source, name: "broken").render([:], helpers: helpers)
            #expect(output == Array(expected.utf8))
        }
        let counted = Array("{{#count}}<".utf8) + broken + Array("é{{/count}}".utf8)
        #expect(
            try Template(counted, name: "broken").render([:], helpers: helpers)
                == Array("\(expected.unicodeScalars.count)".utf8))
    }
}
