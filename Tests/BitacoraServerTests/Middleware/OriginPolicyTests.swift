import HTTPTypes
import Testing
import WebSocket
@testable import BitacoraServer

@Suite struct OriginPolicyTests {
    private let loopback = OriginPolicy(allowedOrigins: ["https://Shop.example"], isLoopback: true)
    private let open = OriginPolicy(allowedOrigins: ["https://shop.example"], isLoopback: false)

    private func status(_ policy: OriginPolicy, _ origin: String?, _ host: String?) -> Int? {
        do throws(OriginPolicy.Rejection) {
            try policy.check(origin: origin, host: host)
            return nil
        } catch {
            return Problem(error).status.code
        }
    }

    @Test(
        "on loopback only requests with a name of this machine are answered",
        arguments: [
            ("localhost", nil), ("LOCALHOST:8080", nil), ("127.0.0.1", nil), ("127.0.0.1:1", nil), ("[::1]", nil),
            ("[::1]:8080", nil),
            ("127.0.0.2:8080", nil), ("shop.example", nil), (nil, nil),
            ("evil.example", 421), ("localhost.evil.example", 421), ("127.evil.example", 421),
            ("127.0.0.1.evil.example", 421),
            ("127.0.0.256", 421), ("127.0.0.+1", 421), ("127.0.0", 421), ("[::2]", 421), ("[::1", 421), ("::1", 421),
            ("", 421),
            ("[::1].evil.example", 421), ("[::1].evil.example:80", 421), ("[::1]evil.example", 421),
            ("[::1]:80.evil.example", 421),
            ("localhost:80.evil.example", 421), ("localhost:evil.example", 421), ("127.0.0.1:80:81", 421),
            ("[::1]:", nil), ("localhost:", nil),
            ("shop.example:81", 421),
        ] as [(String?, Int?)])
    func hosts(host: String?, status: Int?) {
        #expect(self.status(loopback, nil, host) == status)
    }

    @Test("an open server answers to any name", arguments: ["evil.example", "localhost", nil])
    func openHosts(host: String?) {
        #expect(status(open, nil, host) == nil)
    }

    @Test(
        "a page talks to its own host, or is allowed by name",
        arguments: [
            ("http://localhost:8080", "localhost:8080", nil), ("https://localhost:8080", "localhost:8080", nil),
            ("HTTP://LocalHost:8080", "localhost:8080", nil), ("http://[::1]:8080", "[::1]:8080", nil),
            ("https://shop.example", "localhost", nil), ("https://SHOP.example", "shop.example", nil),
            ("http://shop.example", "localhost", 403), ("https://shop.example:444", "localhost", 403),
            ("http://localhost", "localhost:8080", 403), ("http://localhost:8081", "localhost:8080", 403),
            ("http://127.0.0.1:8080", "localhost:8080", 403), ("null", "localhost", 403), ("", "localhost", 403),
            ("http://", "localhost", 403), ("https://evil.example", "localhost", 403),
            ("ftp://localhost", "localhost", 403),
            ("http://localhost", nil, 421),
        ] as [(String, String?, Int?)])
    func origins(origin: String, host: String?, status: Int?) {
        #expect(self.status(loopback, origin, host) == status)
    }

    @Test(
        "on an open server too",
        arguments: [
            ("http://bitacora.example", "bitacora.example", nil), ("http://evil.example", "bitacora.example", 403),
            ("http://", nil, 403), ("null", nil, 403),
        ] as [(String, String?, Int?)])
    func openOrigins(origin: String, host: String?, status: Int?) {
        #expect(self.status(open, origin, host) == status)
    }

    @Test(
        "a request that changes something is rejected from a page of another site, even without an Origin header",
        arguments: [
            (HTTPRequest.Method.post, "cross-site", nil, 403), (.post, "same-site", nil, 403),
            (.delete, "anything", nil, 403), (.post, "same-origin", nil, nil),
            (.post, "none", nil, nil), (.post, nil, nil, nil), (.get, "cross-site", nil, nil),
            (.post, "cross-site", "https://shop.example", nil),
        ] as [(HTTPRequest.Method, String?, String?, Int?)])
    func sites(method: HTTPRequest.Method, site: String?, origin: String?, status: Int?) {
        do throws(OriginPolicy.Rejection) {
            try loopback.checkSite(site, of: method, origin: origin)
            #expect(status == nil)
        } catch {
            #expect(Problem(error).status.code == status)
        }
    }

    @Test(
        "the hosts that only this machine can reach",
        arguments: [
            ("127.0.0.1", true), ("127.1.2.3", true), ("::1", true), ("localhost", true), ("0.0.0.0", false),
            ("::", false),
            ("127.evil.example", false), ("192.168.0.1", false), ("example.com", false),
        ])
    func listening(host: String, isLoopback: Bool) {
        var options = ServerOptions()
        options.host = host
        #expect(options.isLoopback == isLoopback)
    }
}
