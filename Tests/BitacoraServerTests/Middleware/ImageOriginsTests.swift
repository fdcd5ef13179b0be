import Testing
@testable import BitacoraServer

@Suite struct ImageOriginsTests {
    @Test(
        "an origin is a scheme, a host name and a port, as browsers write them",
        arguments: [
            ("https://cdn.example", "https://cdn.example"), ("HTTPS://CDN.Example", "https://cdn.example"),
            ("https://cdn.example:443", "https://cdn.example"), ("http://cdn.example:80", "http://cdn.example"),
            ("http://cdn.example:443", "http://cdn.example:443"), ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("https://xn--nandu-7ta.example", "https://xn--nandu-7ta.example"),
            ("http://localhost", "http://localhost"),
        ])
    func origins(text: String, description: String) {
        #expect(ImageOrigin(text)?.description == description)
    }

    @Test(
        "any other text is rejected, also text that would end or widen the policy",
        arguments: [
            "", "cdn.example", "https:", "https://", "https://cdn.example/", "https://cdn.example/a", "//cdn.example",
            "ftp://cdn.example",
            "https://*.cdn.example", "https://*", "data:", "'unsafe-inline'", "https://cdn.example; script-src *",
            "https://a b.example",
            "https://cdn.example:", "https://cdn.example:0", "https://cdn.example:65536", "https://cdn.example:+1",
            "https://cdn.example:1:2",
            "https://user@cdn.example", "https://[::1]", "https://.example", "https://cdn..example",
            "https://cdn.example?", "https://ñandú.example",
        ])
    func refusals(text: String) {
        #expect(ImageOrigin(text) == nil)
    }

    @Test(
        "a path is always allowed, and a URL is allowed when its origin is",
        arguments: [
            ("/a.png", true), ("a/b.png", true), ("../a.png?x=https://evil.example", true), ("?x=1:2", true),
            ("#a:b", true), ("a/b:c", true),
            ("https://cdn.example/a.png", true), ("HTTPS://CDN.EXAMPLE", true), ("https://cdn.example:443/a", true),
            ("https://cdn.example?a", true),
            ("http://other.example:81/a", true), ("http://other.example/a", false), ("http://cdn.example/a.png", false),
            ("https://cdn.example:8443/a.png", false), ("https://cdn.example.evil.example/a", false),
            ("https://cdn.example@evil.example/a", false),
            ("https://evil.example/https://cdn.example", false), ("https://[::1]/a", false),
        ])
    func addresses(address: String, isShown: Bool) throws {
        let origins = ImageOrigins([
            try #require(ImageOrigin("https://cdn.example")), try #require(ImageOrigin("http://other.example:81")),
        ])
        #expect(origins.allows(address) == isShown)
    }

    @Test("the policy names the own site and the allowed origins")
    func directive() throws {
        #expect(ImageOrigins().directive == "img-src 'self' data:")
        let allowed = [
            try #require(ImageOrigin("https://cdn.example")), try #require(ImageOrigin("http://a.example:81")),
        ]
        #expect(
            ImageOrigins(allowed + allowed).directive == "img-src 'self' data: http://a.example:81 https://cdn.example")
    }
}
