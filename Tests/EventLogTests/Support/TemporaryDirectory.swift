import Glibc
import TestSupport

/// Runs `body` with a new directory, and removes it with the log in it.
func withTemporaryDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let base = TestEnvironment.temporaryFolder
    var template = Array((base + "/event-log-tests-XXXXXX").utf8CString)
    let path = template.withUnsafeMutableBufferPointer { buffer in
        mkdtemp(buffer.baseAddress!).map { String(cString: $0) }
    }
    guard let path else { throw TestFailure("mkdtemp: \(String(cString: strerror(errno)))") }
    defer {
        for file in ["data.mdb", "lock.mdb", "writer.lock", "other"] { unlink("\(path)/\(file)") }
        rmdir(path)
    }
    return try await body(path)
}

func write(_ bytes: [UInt8], to path: String) throws {
    guard let file = fopen(path, "w") else { throw TestFailure("fopen: \(String(cString: strerror(errno)))") }
    defer { fclose(file) }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw TestFailure("fwrite") }
}

/// The bytes of a file.
func contents(of path: String) throws -> [UInt8] {
    guard let file = fopen(path, "r") else { throw TestFailure("fopen: \(String(cString: strerror(errno)))") }
    defer { fclose(file) }
    var status = stat()
    guard fstat(fileno(file), &status) == 0 else { throw TestFailure("fstat") }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    guard fread(&bytes, 1, bytes.count, file) == bytes.count else { throw TestFailure("fread") }
    return bytes
}

struct TestFailure: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
