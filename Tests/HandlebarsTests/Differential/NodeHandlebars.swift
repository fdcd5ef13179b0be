import Foundation
import JSON

/// handlebars.js in a child process: one line with a case goes in, one with its answer comes out.
final class NodeHandlebars {
    /// What the other side made of a case.
    enum Answer: Equatable {
        case output(String)
        case error(String)
    }

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var unread: [UInt8] = []

    /// `nil` when there is no Node here, or no handlebars 4.7 for it.
    static let version: String? = {
        guard let node = try? NodeHandlebars(arguments: ["--version"]), let line = try? node.readLine() else {
            return nil
        }
        let version = String(decoding: line, as: UTF8.self)
        return version.hasPrefix("4.7.") ? version : nil
    }()

    init(arguments: [String] = []) throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "peer.js")
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["node", script.path] + arguments
        var environment = ProcessInfo.processInfo.environment
        // Where Debian's node-handlebars is.
        environment["NODE_PATH", default: "/usr/share/nodejs"] += ""
        process.environment = environment
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    func answer(_ item: JSONValue) throws -> Answer {
        try input.fileHandleForWriting.write(contentsOf: Data(item.bytes + [UInt8(ascii: "\n")]))
        let answer = try JSONValue(parsing: try readLine())
        if let output = answer["output"]?.string { return .output(output) }
        return .error(answer["error"]?.string ?? "?")
    }

    private struct Ended: Error {}

    private func readLine() throws -> [UInt8] {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeFirst(end + 1) }
                return Array(unread[..<end])
            }
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Ended() }
            unread += data
        }
    }
}
