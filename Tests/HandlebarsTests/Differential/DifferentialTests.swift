import Foundation
import JSON
import TestSupport
import Testing

/// Random templates over random data, rendered by this engine and by handlebars.js for Node.
///
/// The outputs must be the same bytes, and both must fail on the same cases. `HANDLEBARS_FUZZ_CASES` sets the number of
/// cases, `BITACORA_SEED` the first seed. Skipped when Node or its handlebars (Debian: node-handlebars) is missing.
///
/// This engine does not copy the following bugs of 4.7.7; the grammar and peer.js avoid them:
/// - adjacent unescaped numbers are added (`{{{1}}}{{{2}}}` prints 3);
/// - the name of an inline partial cannot come from a helper ("helpers is not defined") or, mostly, from a field;
/// - an inline partial cannot read the parameters of the enclosing blocks ("Cannot read properties of undefined");
/// - strict and assumeObjects look for the first name of a path twice when it is a block parameter, or with compat;
/// - with explicitPartialContext, a partial with a computed name gets that name as its context;
/// - a parameter of a plain section over a value is that of the enclosing block;
/// - inherited properties (`constructor`) exist in strict mode and in compat, and functions and SafeStrings
///   have fields and print their source: data of this engine has only its own fields;
/// - `{{@partial-block}}` printed as a value renders the block with the options of the call as its context.
@Suite("Comparison with handlebars.js", .serialized)
struct DifferentialTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let count = environment["HANDLEBARS_FUZZ_CASES"].flatMap { Int($0) } ?? 4_000
    private static let seed = SeededGenerator.seeds.last ?? 0
    private static let maximumFailures = 12

    @Test(
        "random templates print the same bytes",
        .enabled(
            if: NodeHandlebars.version != nil || environment["BITACORA_TEST_PACKAGES"] != nil,
            "needs node and its handlebars 4.7"))
    func agrees() throws {
        var node = try NodeHandlebars()
        var rendered = 0
        var failures = 0
        for number in 0..<Self.count {
            // Each case has its own seed, so that a failing case can be repeated alone.
            let seed = Self.seed &+ UInt64(number)
            let item = DifferentialCase.arbitrary(seed: seed)
            if (try? item.render()) != nil { rendered += 1 }
            guard let difference = try item.difference(from: node) else { continue }
            failures += 1
            let (smallest, shown) = try Shrinker(node).shrink(item, difference)
            Issue.record("seed \(seed)\n\(smallest)\n\(shown)")
            if failures == Self.maximumFailures { break }
            node = try NodeHandlebars()
        }
        print("Comparison with handlebars.js: seed \(Self.seed), \(rendered) of \(Self.count) cases render")
        #expect(rendered > Self.count / 4 || failures > 0, "most cases fail, which tests little")
    }
}

/// handlebars.js in a child process, which reads one case a line and writes one answer a line.
final class NodeHandlebars {
    /// The result of handlebars.js for a case.
    enum Answer: Equatable {
        case output(String)
        case error(String)
    }

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var unread: [UInt8] = []

    /// The version of handlebars.js; `nil` when Node or its handlebars 4.7 is missing.
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
        // The directory of the package node-handlebars of Debian.
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
