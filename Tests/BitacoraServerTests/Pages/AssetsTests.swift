import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Testing
@testable import BitacoraServer

@Suite struct AssetsTests {
    private func request(_ path: String, tag: String? = nil, accepting encoding: String? = nil) -> Request {
        var head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: path)
        head.headerFields[.ifNoneMatch] = tag
        head.headerFields[.acceptEncoding] = encoding
        return Request(head: head, body: RequestBody(buffer: ByteBuffer()))
    }

    private func withAssets(_ body: (Assets) throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            try write("secret", to: directory + "/secret.txt")
            try write("a{}", to: directory + "/assets/style.css")
            try write("<svg/>", to: directory + "/assets/deep/er/x.svg")
            try write("?", to: directory + "/assets/unknown.exe")
            try body(Assets([.directory(directory + "/assets")]))
        }
    }

    @Test("a file is answered with its type and a tag, and then with 304")
    func files() async throws {
        try await withAssets { assets in
            let answer = try assets.show(request("/assets/style.css"))
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentType] == "text/css; charset=utf-8")
            let tag = try #require(answer.headers[.eTag])
            let again = try assets.show(request("/assets/style.css", tag: tag))
            #expect(again.status == .notModified)
            #expect(again.headers[.eTag] == tag)
            #expect(try assets.show(request("/assets/deep/er/x.svg")).headers[.contentType] == "image/svg+xml")
        }
    }

    @Test("the address in pages is immutable, and changes with the content of any asset")
    func unchanging() async throws {
        try await withTemporaryDirectory { directory in
            try write("import './b.js';", to: directory + "/a.js")
            try write("b", to: directory + "/deep/b.js")
            let assets = try Assets([.directory(directory)])
            let address = assets.address(of: "a.js")
            #expect(address.wholeMatch(of: /\/assets\/v-[0-9a-f]{16}\/a\.js/) != nil)
            #expect(assets.address(of: "deep/b.js") == String(address.dropLast("a.js".count)) + "deep/b.js")
            for name in ["a.js", "deep/b.js"] {
                let kept = try assets.show(request(assets.address(of: name)))
                #expect(kept.headers[.cacheControl] == "public, max-age=31536000, immutable")
                let tag = try #require(kept.headers[.eTag])
                #expect(try assets.show(request(assets.address(of: name), tag: tag)).status == .notModified)
                #expect(try assets.show(request("/assets/" + name)).headers[.cacheControl] == "no-cache")
                // The form of a page that was rendered on another log.
                #expect(
                    try assets.show(request("/assets/v-0123456789abcdef/" + name)).headers[.cacheControl] == "no-cache")
            }
            for path in [
                "v-0123456789abcdef/", "v-0123456789abcdef", "v-0123456789abcde/a.js", "v-0123456789ABCDEF/a.js",
                "v-0123456789abcdef/v-0123456789abcdef/a.js",
            ] {
                #expect(throws: Problem.self, "\(path)") { try assets.show(request("/assets/" + path)) }
            }
            try write("c", to: directory + "/deep/b.js")
            #expect(try Assets([.directory(directory)]).address(of: "a.js") != address)
            let changing = try Assets([.directory(directory)], reloads: true)
            #expect(changing.address(of: "a.js") == "/assets/a.js")
            #expect(try changing.show(request(address)).headers[.cacheControl] == "no-cache")
        }
    }

    @Test("an asset is compressed for clients that accept gzip, and the compressed form has a weak tag")
    func compressed() async throws {
        try await withTemporaryDirectory { directory in
            try write(String(repeating: "a{} ", count: 1000), to: directory + "/long.css")
            try write("a{}", to: directory + "/short.css")
            try write(String(repeating: "x", count: 5000), to: directory + "/picture.png")
            let assets = try Assets([.directory(directory)])
            let plain = try assets.show(request("/assets/long.css"))
            #expect((plain.headers[.contentEncoding], plain.headers[.contentLength]) == (nil, "4000"))
            let tag = try #require(plain.headers[.eTag])
            let short = try assets.show(request("/assets/long.css", accepting: "br, gzip"))
            #expect((short.headers[.contentEncoding], short.headers[.eTag]) == ("gzip", "W/" + tag))
            #expect(try #require(short.body.contentLength) < 400)
            let known = try assets.show(request("/assets/long.css", tag: "W/" + tag, accepting: "gzip"))
            #expect((known.status, known.headers[.eTag]) == (.notModified, "W/" + tag))
            #expect(try assets.show(request("/assets/long.css", tag: "W/" + tag)).headers[.eTag] == tag)
            for name in ["short.css", "picture.png"] {
                #expect(try assets.show(request("/assets/" + name, accepting: "gzip")).headers[.contentEncoding] == nil)
            }
        }
    }

    @Test("hidden files, directories and links to files outside are skipped, without an error")
    func strangers() async throws {
        try await withTemporaryDirectory { directory in
            let assets = directory + "/assets"
            try write("secret", to: directory + "/secret.txt")
            try write("a{}", to: assets + "/style.css")
            try write("draft", to: assets + "/.draft.txt")
            try write("inner", to: assets + "/.git/inner.txt")
            try write("x", to: assets + "/folder.js/x.css")
            for (name, target) in [
                ("out.txt", "../secret.txt"), ("absolute.txt", directory + "/secret.txt"),
                ("nowhere.css", "me@host.123"), ("in.css", "style.css"),
            ] { try FileManager.default.createSymbolicLink(atPath: assets + "/" + name, withDestinationPath: target) }
            for reloads in [false, true] {
                let given = try Assets([.directory(assets)], reloads: reloads)
                #expect(try given.show(request("/assets/style.css")).status == .ok)
                #expect(try given.show(request("/assets/in.css")).status == .ok)
                for name in [".draft.txt", ".git/inner.txt", "folder.js", "out.txt", "absolute.txt", "nowhere.css"] {
                    #expect(throws: Problem.self, "\(name)") { try given.show(request("/assets/" + name)) }
                }
            }
        }
    }

    @Test(
        "no other file is answered",
        arguments: [
            "/assets/../secret.txt", "/assets/%2e%2e/secret.txt", "/assets/..%2fsecret.txt", "/assets//secret.txt",
            "/assets/deep/../../secret.txt",
            "/assets/unknown.exe", "/assets/", "/assets", "/assets/deep", "/assets/style.css/", "/assets/STYLE.css",
            "/assets/style.css%00",
        ])
    func outside(path: String) async throws {
        try await withAssets { assets in
            let problem = #expect(throws: Problem.self) { try assets.show(request(path)) }
            #expect(problem == .notFound)
        }
    }

    @Test("assets in memory are answered as those of a directory")
    func carried() async throws {
        try await withTemporaryDirectory { directory in
            let files = ["a.js": "import './b.js';", "deep/b.css": "b{}", "notes.md": "?"]
            for (name, text) in files { try write(text, to: directory + "/" + name) }
            let (carried, read) = (
                try Assets([.files(files.mapValues { Array($0.utf8) })]), try Assets([.directory(directory)])
            )
            for name in files.keys {
                #expect(carried.address(of: name) == read.address(of: name))
                let answers = [carried, read].map { assets in try? assets.show(request(assets.address(of: name))) }
                #expect(answers[0]?.headers == answers[1]?.headers)
                #expect((answers[0] == nil) == (name == "notes.md"))
            }
        }
    }

    @Test("an absent directory has no assets")
    func absent() throws {
        let assets = try Assets([.directory("/nowhere")])
        #expect(throws: Problem.self) { try assets.show(request("/assets/style.css")) }
    }
}
