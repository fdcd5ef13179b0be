import Foundation

/// Another template engine in a process of its own, which renders the same templates and data on request.
///
/// The process is started as `COMMAND DIRECTORY` and answers each line of input with one line of output:
///
/// | request | answer |
/// |---|---|
/// | `write VIEW DATA FILE` | `done`, after the page was written to the file |
/// | `time VIEW DATA SECONDS` | `SECONDS RENDERINGS`, after rendering for about that long |
/// | `compile FILE SECONDS` | `SECONDS COMPILATIONS` |
///
/// A request that the engine does not support is answered by `cannot REASON`. The process ends at the end of its input.
/// Paths are relative to the directory.
final class RenderPeer {
    let name: String
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    /// - Parameter argument: `NAME=COMMAND`, the command for a shell.
    init(_ argument: String, directory: String) throws {
        let parts = argument.split(separator: "=", maxSplits: 1)
        precondition(parts.count == 2, "validate() has checked the option")
        name = String(parts[0])
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "exec \(parts[1]) \"$1\"", "sh", directory]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    /// Closes the input of the process, and waits until the process has ended.
    func stop() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Writes a page to a file; returns nil, or why the engine cannot render the page.
    func write(_ page: RenderPages.Page, to file: String) throws -> String? {
        let answer = try request("write \(page.view) \(page.data) \(file)")
        if answer == "done" { return nil }
        guard answer.hasPrefix("cannot") else { throw unexpected(answer) }
        return String(answer.dropFirst("cannot".count).drop { $0 == " " })
    }

    /// Seconds of one rendering.
    func time(_ page: RenderPages.Page, seconds: Double) throws -> Double {
        try each(request("time \(page.view) \(page.data) \(seconds)"))
    }

    /// Seconds of one compilation; nil when the engine cannot compile the template.
    func compile(_ file: String, seconds: Double) throws -> Double? {
        let answer = try request("compile \(file) \(seconds)")
        return answer.hasPrefix("cannot") ? nil : try each(answer)
    }

    private func each(_ answer: String) throws -> Double {
        let numbers = answer.split(separator: " ").compactMap { Double($0) }
        guard numbers.count == 2, numbers[0] > 0, numbers[1] >= 1 else { throw unexpected(answer) }
        return numbers[0] / numbers[1]
    }

    private func request(_ line: String) throws -> String {
        // Writing to a peer that has ended fails; the missing answer is reported then.
        try? input.fileHandleForWriting.write(contentsOf: Data("\(line)\n".utf8))
        var answer: [UInt8] = []
        while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
            answer.append(byte)
        }
        return String(decoding: answer, as: UTF8.self)
    }

    private func unexpected(_ answer: String) -> BenchmarkError {
        BenchmarkError(.unusable, "the peer \(name) answered \(answer.isEmpty ? "nothing" : "\"\(answer)\"")")
    }
}
