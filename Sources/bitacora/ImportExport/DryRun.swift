import EventLog
import Glibc
import LMDB

/// A table of ids with 16 bytes for each, in a temporary file, so that many ids take little memory.
///
/// The file is an LMDB database in `TMPDIR` or `/tmp`, and takes about 100 bytes for each id. Its name is removed after
/// it is opened, so that the file is deleted when the process ends for any reason.
final class IDTable {
    typealias Entry = (id: String, contentDigest: [UInt8])

    private static let mapSize = 1 << 36

    private let parent: String
    private let environment: Environment
    private let table: Database

    init() throws(Failure) {
        parent = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(parent)/bitacora-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Self.failure(parent, String(cString: strerror(errno))) }
        let directory = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        defer {
            for name in ["data.mdb", "lock.mdb"] { unlink("\(directory)/\(name)") }
            rmdir(directory)
        }
        var options = Environment.Options()
        // The map cannot grow later, because the file has no name. The file is sparse.
        (options.mapSize, options.maximumMapSize, options.synchronous) = (Self.mapSize, Self.mapSize, false)
        do throws(LMDBError) {
            environment = try Environment(directory: directory, options: options)
            table = try environment.createDatabases([Database.Specification("ids")]) { _, _ throws(LMDBError) in }[0]
        } catch {
            throw Self.failure(parent, error.reason)
        }
    }

    deinit { environment.close() }

    /// The 16 bytes of `id`, which is not empty; nil when the table does not have it.
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
                throw Self.failure(parent, error.reason)
            }
            return value
        }
    }

    /// Adds entries in one transaction; their ids have 1 to 255 bytes.
    func add(_ entries: [Entry]) throws(Failure) {
        do throws(LMDBError) {
            try environment.write {
                (transaction: inout WriteTransaction) throws(LMDBError) -> Environment.Ending<Void> in
                for (id, contentDigest) in entries {
                    let key = Array(id.utf8)
                    try transaction.put(table, key.span.bytes, contentDigest.span.bytes)
                }
                return .commit(())
            }
        } catch {
            throw Self.failure(parent, error.reason)
        }
    }

    private static func failure(_ parent: String, _ reason: String) -> Failure {
        Failure(
            ExitStatus.unusable,
            "the temporary table of ids in \(parent) cannot be used: \(reason); free space there, or name another directory with TMPDIR"
        )
    }
}

/// The events that the ids of a dry run are compared with: the events of the log, and of earlier lines of the file.
final class DryRun {
    private let log: EventLog?
    /// The events of earlier lines; created for the first event with an id.
    private var earlier: IDTable?

    /// - Parameter log: nil when there is no log yet.
    init(_ log: EventLog?) { self.log = log }

    /// The event that already has `id`; nil when there is none.
    func event(withID id: String) throws -> ExistingEvent? {
        if let found = try log.flatMap({ try ExistingEvent(id, in: $0) }) { return found }
        guard let contentDigest = try earlier?[id] else { return nil }
        return ExistingEvent(contentDigest: contentDigest, location: "earlier in the file")
    }

    /// Records events that the import would write.
    func add(_ events: [IDTable.Entry]) throws(Failure) {
        guard !events.isEmpty else { return }
        if earlier == nil { earlier = try IDTable() }
        try earlier?.add(events)
    }
}

/// An event that already has a certain id.
struct ExistingEvent {
    /// See `NewEvent.contentDigest`; empty for a damaged record, which therefore equals no event.
    let contentDigest: [UInt8]
    /// Where the event is, for error messages.
    let location: String
}

extension ExistingEvent {
    /// The event that `log` has under `id`; nil when there is none.
    init?(_ id: String, in log: EventLog) throws(ReadError) {
        guard let offset = try log.offset(ofID: id) else { return nil }
        var contentDigest: [UInt8] = []
        do throws(ReadError) {
            try log.visit(offset) { contentDigest = $0.contentDigest }
        } catch .damaged {
            // The writer also treats a damaged record as another event.
        }
        self.init(contentDigest: contentDigest, location: "at offset \(offset)")
    }
}
