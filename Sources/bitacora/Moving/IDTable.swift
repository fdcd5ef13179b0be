import Glibc
import LMDB

/// Ids and 16 bytes for each, in a temporary file, so that any number of them takes little memory.
///
/// A table of LMDB, whose pages the system keeps in memory as long as there is room. The file takes about 100 bytes an id; it
/// lies in `TMPDIR`, or `/tmp`, and has no name after it was opened, so that it is gone with the process however that ends.
final class IDTable {
    typealias Entry = (id: String, sameness: [UInt8])

    private static let mapSize = 1 << 36

    private let folder: String
    private let environment: Environment
    private let table: Database

    init() throws(Failure) {
        folder = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(folder)/bitacora-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Self.failure(folder, String(cString: strerror(errno))) }
        let directory = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        defer {
            for name in ["data.mdb", "lock.mdb"] { unlink("\(directory)/\(name)") }
            rmdir(directory)
        }
        var options = Environment.Options()
        // It cannot grow without its name. The file is sparse.
        (options.mapSize, options.maximumMapSize, options.synchronous) = (Self.mapSize, Self.mapSize, false)
        do throws(LMDBError) {
            environment = try Environment(directory: directory, options: options)
            table = try environment.createDatabases([Database.Specification("ids")]) { _, _ throws(LMDBError) in }[0]
        } catch {
            throw Self.failure(folder, error.reason)
        }
    }

    deinit { environment.close() }

    /// What is kept under `id`, which is not empty.
    subscript(id: String) -> [UInt8]? {
        get throws(Failure) {
            let key = Array(id.utf8)
            var value: [UInt8]?
            do throws(LMDBError) {
                value = try environment.read { (transaction: borrowing ReadTransaction) throws(LMDBError) -> [UInt8]? in
                    guard let found = try transaction.get(table, key.span.bytes) else { return nil }
                    return found.withUnsafeBytes { Array($0) }
                }
            } catch {
                throw Self.failure(folder, error.reason)
            }
            return value
        }
    }

    /// Keeps entries together; their ids have 1 to 255 bytes.
    func add(_ entries: [Entry]) throws(Failure) {
        do throws(LMDBError) {
            try environment.write { (transaction: inout WriteTransaction) throws(LMDBError) -> Environment.Ending<Void> in
                for (id, sameness) in entries {
                    let key = Array(id.utf8)
                    try transaction.put(table, key.span.bytes, sameness.span.bytes)
                }
                return .commit(())
            }
        } catch {
            throw Self.failure(folder, error.reason)
        }
    }

    private static func failure(_ folder: String, _ reason: String) -> Failure {
        Failure(
            ExitStatus.unusable,
            "the temporary table of ids in \(folder) cannot be used: \(reason); free space there, or name another directory with TMPDIR")
    }
}
