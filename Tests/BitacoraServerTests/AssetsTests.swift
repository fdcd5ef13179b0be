import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Testing
@testable import BitacoraServer

@Suite struct AssetsTests {
    private func request(_ path: String, tag: String? = nil) -> Request {
        var head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: path)
        head.headerFields[.ifNoneMatch] = tag
        return Request(head: head, body: RequestBody(buffer: ByteBuffer()))
    }

    private func withAssets(_ body: (Assets) throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            try write("secret", to: directory + "/secret.txt")
            try write("a{}", to: directory + "/assets/style.css")
            try write("<svg/>", to: directory + "/assets/deep/er/x.svg")
            try write("?", to: directory + "/assets/unknown.exe")
            try body(Assets(directory: directory + "/assets"))
        }
    }

    @Test("a file is given with its type and a tag, and only once")
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

    @Test("what is hidden, no file, or a link that leads out or nowhere is not there, and hurts nobody")
    func strangers() async throws {
        try await withTemporaryDirectory { directory in
            let assets = directory + "/assets"
            try write("secret", to: directory + "/secret.txt")
            try write("a{}", to: assets + "/style.css")
            try write("draft", to: assets + "/.draft.txt")
            try write("inner", to: assets + "/.git/inner.txt")
            try write("x", to: assets + "/folder.js/x.css")
            for (name, target) in [
                ("out.txt", "../secret.txt"), ("absolute.txt", directory + "/secret.txt"), ("nowhere.css", "me@host.123"), ("in.css", "style.css"),
            ] { try FileManager.default.createSymbolicLink(atPath: assets + "/" + name, withDestinationPath: target) }
            for isReadAgain in [false, true] {
                let given = try Assets(directory: assets, isReadAgain: isReadAgain)
                #expect(try given.show(request("/assets/style.css")).status == .ok)
                #expect(try given.show(request("/assets/in.css")).status == .ok)
                for name in [".draft.txt", ".git/inner.txt", "folder.js", "out.txt", "absolute.txt", "nowhere.css"] {
                    #expect(throws: Problem.self, "\(name)") { try given.show(request("/assets/" + name)) }
                }
            }
        }
    }

    @Test("nothing else is given", arguments: [
        "/assets/../secret.txt", "/assets/%2e%2e/secret.txt", "/assets/..%2fsecret.txt", "/assets//secret.txt", "/assets/deep/../../secret.txt",
        "/assets/unknown.exe", "/assets/", "/assets", "/assets/deep", "/assets/style.css/", "/assets/STYLE.css", "/assets/style.css%00",
    ])
    func outside(path: String) async throws {
        try await withAssets { assets in
            let problem = #expect(throws: Problem.self) { try assets.show(request(path)) }
            #expect(problem == .notFound)
        }
    }

    @Test("a directory that is not there holds nothing")
    func absent() throws {
        let assets = try Assets(directory: "/nowhere")
        #expect(throws: Problem.self) { try assets.show(request("/assets/style.css")) }
    }
}
