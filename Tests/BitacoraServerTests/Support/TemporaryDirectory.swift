import EventLog
import Foundation

/// Runs `body` with a new directory, and removes the directory afterwards.
func withTemporaryDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appending(path: "bitacora-server-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try await body(directory.path)
}

/// Runs `body` with a new log that does not wait for the disk, and closes and removes it.
func withLog<Result>(_ body: (EventLog) async throws -> Result) async throws -> Result {
    try await withTemporaryDirectory { directory in
        var options = EventLog.Options()
        options.durability = .none
        let log = try EventLog(directory: directory, options: options)
        defer { log.close() }
        return try await body(log)
    }
}

func write(_ text: String, to path: String) throws {
    let file = URL(filePath: path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
}

/// Directories of the project that tests read.
enum Project {
    private static let root = URL(filePath: #filePath).pathComponents.dropLast(4).joined(separator: "/").dropFirst()
    static let views = "\(root)/Views"
    static let seed = "\(root)/Data/seed"
}
