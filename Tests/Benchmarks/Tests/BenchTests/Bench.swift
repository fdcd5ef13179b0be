import Foundation

/// The built executable `bench`, run as a person runs it.
enum Bench {
    struct Result {
        let status: Int32
        let output: String
        let errors: String

        var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    /// `bitacora` to measure: BITACORA, or a build of this repository; nil without one.
    static let server: String? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../..")
            .standardizedFileURL
        let builds = ["release", "debug"].map { root.appending(path: ".build/\($0)/bitacora").path }
        return ([ProcessInfo.processInfo.environment["BITACORA"]].compactMap(\.self) + builds)
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// The executable stands beside the test bundle.
    private static let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent()
        .appending(path: "bench")

    /// Runs the executable to its end; its output must fit into a pipe.
    static func run(_ arguments: [String]) async throws -> Result {
        let process = Process()
        let (output, errors) = (Pipe(), Pipe())
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["COLUMNS": "100"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
            } catch {
                continuation.resume(throwing: error)
            }
        }
        return Result(
            status: process.terminationStatus, output: try text(from: output), errors: try text(from: errors))
    }

    private static func text(from pipe: Pipe) throws -> String {
        String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    }
}
