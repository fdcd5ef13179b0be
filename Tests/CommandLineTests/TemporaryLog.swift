import EventLog
import Foundation
import Glibc
import Synchronization
import TestSupport

/// A directory for a log, gone with the test.
final class TemporaryLog {
    private let parent: String
    let directory: String

    init() throws {
        var template = Array("\(TestEnvironment.temporaryFolder)/bitacora-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(call: "mkdtemp") }
        parent = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        directory = parent + "/log"
    }

    /// One with these events, each appended by itself.
    convenience init(_ events: [NewEvent]) async throws {
        try self.init()
        try await append(events)
    }

    /// Two products, a message, bytes, and a topic with levels: offsets 1 to 5.
    static func sample() async throws -> TemporaryLog {
        try await TemporaryLog([
            NewEvent(
                topic: "products", type: "product.created", id: "p-1", source: "test",
                data: json(#"{"id":1,"title":"Lamp"}"#)),
            NewEvent(topic: "chat", type: "message.posted", data: json(#"{"text":"Hello, \"you\""}"#)),
            NewEvent(
                topic: "products", type: "product.updated", data: json(#"{"id":1,"price":19.90,"tags":[],"more":{}}"#)),
            NewEvent(topic: "auctions/42", type: "picture.taken", data: .bytes([0, 1, 2, 0x1B, 0x41])),
            NewEvent(topic: "products", type: "product.deleted", data: json(#"{"id":1}"#)),
        ])
    }

    static func json(_ text: String) -> EventData { .json(Array(text.utf8)) }

    func append(_ events: [NewEvent]) async throws {
        let log = try EventLog(directory: directory)
        // A process being spawned has copies of our descriptors, the writer's lock among them.
        defer { Tool.whileNothingIsSpawned { log.close() } }
        for event in events { try await log.append(event) }
    }

    /// Appends events in one commit, however large they may be.
    func append(together events: [NewEvent]) async throws {
        var options = EventLog.Options()
        options.limits = EventLimits(data: EventLimits.maximumData)
        let log = try EventLog(directory: directory, options: options)
        defer { Tool.whileNothingIsSpawned { log.close() } }
        for event in events where event.data.count > 1 << 20 { try await log.append(event) }
        let small = events.filter { $0.data.count <= 1 << 20 }
        if !small.isEmpty { try await log.append(small) }
    }

    /// Appends events, each by itself and at its time.
    func append(_ events: [NewEvent], at times: [Timestamp]) async throws {
        let clock = SetClock()
        var options = EventLog.Options()
        options.clock = { clock.time.withLock { $0 } }
        let log = try EventLog(directory: directory, options: options)
        defer { Tool.whileNothingIsSpawned { log.close() } }
        for (event, time) in zip(events, times) {
            clock.time.withLock { $0 = time }
            try await log.append(event)
        }
    }

    /// Puts what is no record in the place of events, behind the log's back.
    func damage(_ offsets: [UInt64]) throws { try DamagedRecords.damage(offsets, in: directory) }

    /// Changes the time of an event, behind the log's back.
    func redate(_ offset: UInt64, to time: Int64) throws {
        try DamagedRecords.setTime(of: offset, to: time, in: directory)
    }

    /// Removes the events before `first`.
    func trim(before first: Offset) async throws {
        let log = try EventLog(directory: directory)
        defer { Tool.whileNothingIsSpawned { log.close() } }
        try await log.trim(before: first, projections: [])
    }

    /// What the library says the events are.
    func eventJSON() throws -> [String] {
        var options = EventLog.Options()
        options.access = .read
        let log = try EventLog(directory: directory, options: options)
        defer { log.close() }
        var lines: [String] = []
        var reached = Offset.start
        while reached < log.head {
            reached = try log.scan(after: reached) { view in
                lines.append(String(decoding: view.json, as: UTF8.self))
                return true
            }
        }
        return lines
    }

    deinit {
        for name in ["data.mdb", "lock.mdb", "writer.lock"] { unlink("\(directory)/\(name)") }
        rmdir(directory)
        rmdir(parent)
    }
}

/// A clock with a settable time.
private final class SetClock: Sendable {
    let time = Mutex(Timestamp(microseconds: 0))
}

/// A directory with files in it, gone with the test.
final class TemporaryFiles {
    let directory: String

    init(_ files: [String: String]) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "bitacora-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        for (name, text) in files { try write(name, text) }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// The path of a file.
    subscript(name: String) -> String { directory + "/" + name }

    /// All that are there, in order.
    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted() }

    func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: self[name])), as: UTF8.self)
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: self[name]) }

    func write(_ name: String, _ text: String) throws { try write(name, bytes: Array(text.utf8)) }

    func write(_ name: String, bytes: [UInt8]) throws {
        let file = URL(filePath: self[name])
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }
}
