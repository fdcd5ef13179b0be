import Glibc
import TestSupport

/// Runs `body` with a new directory, and removes the directory with its files.
func withTemporaryDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let base = TestEnvironment.temporaryFolder
    var template = Array((base + "/lmdb-tests-XXXXXX").utf8CString)
    let path = template.withUnsafeMutableBufferPointer { buffer in
        mkdtemp(buffer.baseAddress!).map { String(cString: $0) }
    }
    guard let path else { throw TemporaryDirectoryError(reason: String(cString: strerror(errno))) }
    defer {
        for file in ["data.mdb", "lock.mdb"] { unlink("\(path)/\(file)") }
        rmdir(path)
    }
    return try await body(path)
}

struct TemporaryDirectoryError: Error {
    let reason: String
}
