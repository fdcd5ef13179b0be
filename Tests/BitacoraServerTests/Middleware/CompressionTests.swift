import Testing
@testable import BitacoraServer

@Suite struct CompressionTests {
    @Test(
        "text, JSON and XML are compressed, pictures, fonts and other bytes are not",
        arguments: [
            ("text/html; charset=utf-8", true), ("text/css", true), ("text/javascript; charset=utf-8", true),
            ("application/json", true),
            ("APPLICATION/JSON ;charset=utf-8", true), ("application/problem+json", true), ("image/svg+xml", true),
            ("text/plain", true),
            ("image/png", false), ("image/jpeg", false), ("image/webp", false), ("font/woff2", false),
            ("application/octet-stream", false),
            ("application/gzip", false), ("application/jsonx", false), ("", false), (nil, false),
        ] as [(String?, Bool)])
    func types(type: String?, applies: Bool) {
        #expect(Compression.applies(to: type) == applies)
    }

    @Test("at most `maximum` slots are taken at once, and a released slot can be taken again")
    func slots() throws {
        let slots = CompressionSlots()
        var taken = try (0..<CompressionSlots.maximum).map { _ in try #require(slots.take()) }
        #expect(slots.take() == nil)
        taken.removeLast()
        let last = try #require(slots.take())
        #expect(slots.take() == nil)
        withExtendedLifetime((taken, last)) {}
    }
}
