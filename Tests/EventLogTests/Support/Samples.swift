import EventLog
import LMDB
import Synchronization

/// Runs `body` with a new log, and closes and removes it.
func withLog<Result>(
    _ configure: (inout EventLog.Options) -> Void = { _ in }, _ body: (EventLog) async throws -> Result
) async throws -> Result {
    try await withTemporaryDirectory { directory in
        let log = try openLog(directory, configure)
        defer { log.close() }
        return try await body(log)
    }
}

func openLog(_ directory: String, _ configure: (inout EventLog.Options) -> Void = { _ in }) throws -> EventLog {
    var options = EventLog.Options()
    configure(&options)
    return try EventLog(directory: directory, options: options)
}

/// For tests of what is not durability: no waiting for the disk.
func unsynced(_ options: inout EventLog.Options) { options.durability = .none }

func reading(_ options: inout EventLog.Options) { options.access = .read }

/// An event with small JSON data.
func sample(
    _ number: Int = 1, topic: String = "products", type: String = "product.created", id: String? = nil
) -> NewEvent {
    NewEvent(topic: topic, type: type, id: id, data: .json(Array("{\"number\":\(number)}".utf8)))
}

func samples(_ numbers: ClosedRange<Int>, topic: String = "products") -> [NewEvent] {
    numbers.map { sample($0, topic: topic) }
}

extension Offset {
    init(_ value: Int) { self.init(UInt64(value)) }
}

extension EventData {
    var text: String {
        switch self {
        case .json(let bytes), .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        }
    }
}

/// A clock that a test sets.
final class TestClock: Sendable {
    private let time: Mutex<Int64>

    init(_ microseconds: Int64) { time = Mutex(microseconds) }

    func set(_ microseconds: Int64) { time.withLock { $0 = microseconds } }

    var now: Timestamp { Timestamp(microseconds: time.withLock { $0 }) }
}

/// Changes what lies in a closed log, behind its back.
func tamper(
    _ directory: String, _ specification: Database.Specification,
    _ body: (inout WriteTransaction, Database) throws(LMDBError) -> Void
) throws {
    var options = Environment.Options()
    options.synchronous = false
    let environment = try Environment(directory: directory, options: options)
    defer { environment.close() }
    let database = try environment.openDatabases([specification])[0]
    try environment.write { transaction throws(LMDBError) in
        try body(&transaction, database)
        return .commit(())
    }
}

extension Database.Specification {
    static var events: Self { .init("events", .integerKeys) }
    static var topics: Self { .init("topics", [.duplicates, .integerDuplicates]) }
    static var ids: Self { .init("ids") }
    static var snapshots: Self { .init("snapshots") }
    static var meta: Self { .init("meta") }
}

func bytes(of value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

extension RawSpan {
    var copied: [UInt8] { withUnsafeBytes { Array($0) } }
}
