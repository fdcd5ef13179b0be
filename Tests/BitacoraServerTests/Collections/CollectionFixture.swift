import Declarations
import EventLog
import Inspection
import JSON
import KeyedRows
import Logging
import NIOCore
import TestSupport
import Testing
@testable import BitacoraServer

/// A log with the collection `items`, its feeds, and event loops for readers.
struct CollectionFixture: Sendable {
    let log: EventLog
    let application: DeclaredApplication
    let feeds: CollectionFeeds
    let loops: [any EventLoop]
    private let environment: DeclaredVersion.Environment

    static func definition(extra: String = "") -> String {
        #"""
        {"collections":{"items":{"from":"items/*","key":"topic.item","index":["n"],"on":{
          "put":{"put":{"group":"data.group","n":"data.n","text":"data.text"}},
          "move":{"set":{"n":"data.n"}},
          "drop":{"delete":true}\#(extra)}}},
         "topics":{"items/{item}":{"put":{},"move":{},"drop":{},"more":{}}}}
        """#
    }

    static func parse(_ definition: String) throws -> ApplicationDefinition {
        try ApplicationDefinition(files: ["app.json": Array(definition.utf8)])
    }

    /// Runs `body` with a new log and two event loops.
    static func with(_ body: (CollectionFixture) async throws -> Void) async throws {
        try await withLog { log in
            let environment = DeclaredVersion.Environment(
                log: log, stateLimiter: .forPastStates(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let version = try await DeclaredVersion.first(try parse(definition()), in: environment)
            let application = DeclaredApplication(version)
            try await withLoops(2) { loops in
                try await body(
                    CollectionFixture(
                        log: log, application: application, feeds: CollectionFeeds(log: log, application: application),
                        loops: loops, environment: environment))
            }
        }
    }

    /// Replaces the definition, as when the folder is read again.
    func redefine(_ definition: String) async throws {
        let next = try await application.version.next(try Self.parse(definition), in: environment)
        application.replace(with: next.settled(at: log.head))
    }

    func put(_ key: String, group: String = "a", n: Int = 0, text: String = "") async throws {
        try await append("put", key, ["group": .string(group), "n": .number(JSONNumber(n)), "text": .string(text)])
    }

    func append(_ type: String, _ key: String, _ data: JSONObject) async throws {
        try await log.append([
            NewEvent(topic: "items/\(key)", type: type, data: .json(JSONValue.object(data).bytes))
        ])
    }

    /// Connects a reader that has rows; `start` is what it says that it has.
    func connect(
        _ query: RowQuery = RowQuery(), from start: StartPoint = .live, _ encoding: EventEncoding = .webSocket,
        loop: Int = 0, having rows: [RowModel.Row] = [], fills: @escaping @Sendable (Int) -> Bool = { _ in false }
    ) async throws -> FakeReader {
        let subscription = CollectionSubscription(
            try WindowReservation("items", query, feeds), from: .start(start))
        let (loop, feeds) = (loops[loop], feeds)
        return try await loop.run {
            let reader = CollectionReader(subscription, encoding, on: loop, feeds)
            let connection = FakeReaderConnection(reader, encoding, having: rows, fills: fills)
            reader.begin(to: connection)
            return FakeReader(query: query, loop: loop, connection: NIOLoopBound(connection, eventLoop: loop))
        }
    }

    /// The newest rows of a query, as a reader has them.
    func rows(_ query: RowQuery) throws -> [RowModel.Row] {
        let state = try #require(application.collection("items")).current.state
        return state.page(query).rows.map { RowModel.Row(key: $0.key.text, value: .object(state.object($0))) }
    }
}

/// A reader whose connection is in memory.
struct FakeReader: Sendable {
    let query: RowQuery
    let loop: any EventLoop
    fileprivate let connection: NIOLoopBound<FakeReaderConnection>

    fileprivate init(query: RowQuery, loop: any EventLoop, connection: NIOLoopBound<FakeReaderConnection>) {
        (self.query, self.loop, self.connection) = (query, loop, connection)
    }

    func model() async throws -> RowModel { try await loop.run { connection.value.model } }

    /// Waits until the reader has reached a state, at most a minute.
    func reach(
        _ what: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ condition: @escaping @Sendable (RowModel) throws -> Bool
    ) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while try await !condition(model()) {
            guard .now < end else {
                let model = try await model()
                Issue.record("not reached: \(what); the reader has \(model)", sourceLocation: sourceLocation)
                return
            }
            await Task.yield()
        }
        #expect(try await model().faults == [], sourceLocation: sourceLocation)
    }

    /// Makes the connection writable or not.
    func setWritable(_ isWritable: Bool) async throws {
        try await loop.run { connection.value.setWritable(isWritable) }
    }

    /// Ends the connection; what has been written so far is the last of it.
    func cut() async throws { try await loop.run { connection.value.reader.end() } }
}

/// The part of a connection that a reader writes to. Belongs to the event loop of the reader.
private final class FakeReaderConnection: RealtimeConnection {
    let reader: CollectionReader
    private let encoding: EventEncoding
    private let fills: (Int) -> Bool
    private var writes = 0
    private(set) var isWritable = true
    private(set) var model: RowModel

    /// - Parameter fills: whether the connection is not writable any more after the write with this number.
    init(
        _ reader: CollectionReader, _ encoding: EventEncoding, having rows: [RowModel.Row],
        fills: @escaping (Int) -> Bool
    ) {
        model = RowModel(rows: rows)
        (self.reader, self.encoding, self.fills) = (reader, encoding, fills)
    }

    func setWritable(_ isWritable: Bool) {
        self.isWritable = isWritable
        if isWritable { reader.becameWritable() }
    }

    func write(_ bytes: ByteBuffer) {
        writes += 1
        if fills(writes) { isWritable = false }
        do {
            for message in try Received(bytes, encoding).messages { model.apply(message.json) }
        } catch {
            model.faults.append("\(error)")
        }
    }

    func fail(_ error: ReadError) { model.faults.append("\(error)") }

    func endDelivery(_ reason: String) {
        model.ending = reason
        reader.end()
    }
}

/// The rows of a client that applies the messages.
struct RowModel: Sendable {
    struct Row: Sendable, Equatable, CustomStringConvertible {
        let key: String
        let value: JSONValue
        var description: String { "\(key) \(value.text)" }
    }

    private(set) var rows: [Row] = []
    /// Where the client resumes.
    private(set) var position: Offset?
    private(set) var isReplayed = false
    private(set) var resets: [String] = []
    /// The number of operations in each message since the last reset.
    private(set) var messages: [Int] = []
    var ending: String?
    var faults: [String] = []

    init(rows: [Row] = []) { self.rows = rows }

    mutating func apply(_ message: JSONValue) {
        switch message["type"]?.string {
        case "reset"?:
            rows = []
            messages = []
            isReplayed = false
            resets.append(message["reason"]?.string ?? "")
            position = message["position"]?.string.flatMap(Position.init)?.offset
            if position != .start { faults.append("a reset at position \(position.map { "\($0)" } ?? "none")") }
        case "replayed"?:
            isReplayed = true
            position = message["position"]?.string.flatMap(Position.init)?.offset
        case nil:
            let operations = message["ops"]?.array ?? []
            messages.append(operations.count)
            for operation in operations { change(operation) }
            let offset = message["offset"]?.int.map { Offset(UInt64($0)) }
            if let offset, let position, offset < position { faults.append("\(offset) follows \(position)") }
            position = offset
        case let other?: faults.append("a message of type \(other)")
        }
    }

    private mutating func change(_ operation: JSONValue) {
        let key = operation["key"]?.string ?? ""
        rows.removeAll { $0.key == key }
        switch operation["op"]?.string {
        case "remove"?: break
        case "put"?:
            var index = rows.count
            if let before = operation["before"]?.string {
                guard let place = rows.firstIndex(where: { $0.key == before }) else {
                    faults.append("\(key) is put before \(before), which the reader does not have")
                    return
                }
                index = place
            }
            rows.insert(Row(key: key, value: operation["value"] ?? .null), at: index)
        default: faults.append("not an operation: \(operation.text)")
        }
    }
}
