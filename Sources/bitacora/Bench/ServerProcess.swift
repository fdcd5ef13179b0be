import Foundation

/// This executable, serving a log, as a process of its own: its memory and processor time can be told apart.
final class ServerProcess {
    let port: UInt16
    /// From the start of the process to its first accepted connection.
    let startTime: Double
    private let process = Process()

    /// - Parameter views: a directory of templates; nil for the built-in ones.
    init(log directory: String, views: String?) throws {
        let output = Pipe()
        process.executableURL = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
        if !FileManager.default.isExecutableFile(atPath: process.executableURL?.path ?? "") {
            process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        }
        process.arguments =
            [
                "serve", "--port", "0", "--data", directory, "--log-level", "warning", "--max-connections", "100000",
            ] + (views.map { ["--views", $0] } ?? [])
        process.standardOutput = output
        let start = ContinuousClock.now
        try process.run()
        var line: [UInt8] = []
        while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
            line.append(byte)
        }
        startTime = (ContinuousClock.now - start) / .seconds(1)
        guard let text = String(decoding: line, as: UTF8.self).split(separator: ":").last, let port = UInt16(text)
        else {
            throw Failure(ExitStatus.unusable, "the server did not start; see its message above")
        }
        self.port = port
    }

    deinit { stop() }

    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        process.waitUntilExit()
    }

    /// Resident memory in bytes: private pages, without the file that LMDB maps (proc(5), `RssAnon`).
    var memory: Int {
        let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        let kilobytes =
            line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0
        return kilobytes << 10
    }
}
