import Foundation

/// Another engine, in a process of its own, which renders the same templates and data when it is told to.
///
/// It is started as `COMMAND DIRECTORY` and answers each line of input with one of output:
///
/// | asked | answered |
/// |---|---|
/// | `write VIEW DATA FILE` | `done`, the page being in the file |
/// | `time VIEW DATA SECONDS` | `SECONDS RENDERINGS`, having rendered for about that long |
/// | `compile FILE SECONDS` | `SECONDS COMPILATIONS` |
///
/// or with `cannot` and why. It ends with its input. Paths are relative to the directory.
final class RenderPeer {
    let name: String
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    /// - Parameter argument: `NAME=COMMAND`, the command for a shell.
    init(_ argument: String, directory: String) throws {
        let parts = argument.split(separator: "=", maxSplits: 1)
        precondition(parts.count == 2, "the option has been checked")
        name = String(parts[0])
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "exec \(parts[1]) \"$1\"", "sh", directory]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    /// Waits until it has ended.
    func stop() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Writes a page to a file; nil when it did, otherwise why it cannot.
    func write(_ page: RenderPages.Page, to file: String) throws -> String? {
        let answer = try ask("write \(page.view) \(page.data) \(file)")
        if answer == "done" { return nil }
        guard answer.hasPrefix("cannot") else { throw unexpected(answer) }
        return String(answer.dropFirst("cannot".count).drop { $0 == " " })
    }

    /// Seconds that one rendering takes.
    func time(_ page: RenderPages.Page, seconds: Double) throws -> Double {
        try each(ask("time \(page.view) \(page.data) \(seconds)"))
    }

    /// Seconds that compiling a template takes; nil when it cannot.
    func compile(_ file: String, seconds: Double) throws -> Double? {
        let answer = try ask("compile \(file) \(seconds)")
        return answer.hasPrefix("cannot") ? nil : try each(answer)
    }

    private func each(_ answer: String) throws -> Double {
        let numbers = answer.split(separator: " ").compactMap { Double($0) }
        guard numbers.count == 2, numbers[0] > 0, numbers[1] >= 1 else { throw unexpected(answer) }
        return numbers[0] / numbers[1]
    }

    private func ask(_ question: String) throws -> String {
        // A peer that has ended cannot be asked; that it answers nothing is what is reported.
        try? input.fileHandleForWriting.write(contentsOf: Data("\(question)\n".utf8))
        var line: [UInt8] = []
        while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
            line.append(byte)
        }
        return String(decoding: line, as: UTF8.self)
    }

    private func unexpected(_ answer: String) -> Failure {
        Failure(ExitStatus.unusable, "the peer \(name) answered \(answer.isEmpty ? "nothing" : "\"\(answer)\"")")
    }
}
