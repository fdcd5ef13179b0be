import Declarations
import EventLog
import Glibc
import KeyedRows
import TestSupport
import Testing

/// The collections of the shop after some events.
enum ShopLog {
    /// Appends events to a new log and folds them.
    ///
    /// - Parameter events: topic, type and data.
    /// - Returns: the collection with a name.
    static func collection(
        _ name: String, of shop: ApplicationDefinition, after events: [(topic: String, type: String, data: String)]
    ) async throws -> CollectionState {
        var template = Array((TestEnvironment.temporaryFolder + "/declarations-tests-XXXXXX").utf8CString)
        let directory = try #require(
            template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!).map { String(cString: $0) } })
        defer {
            for file in ["data.mdb", "lock.mdb", "writer.lock"] { unlink("\(directory)/\(file)") }
            rmdir(directory)
        }
        var options = EventLog.Options()
        options.durability = .none
        let log = try EventLog(directory: directory, options: options)
        defer { log.close() }
        for event in events {
            _ = try await log.append(
                NewEvent(topic: event.topic, type: event.type, data: .json(Array(event.data.utf8))))
        }
        let definition = try #require(shop.collections.first { $0.names.contains(name) })
        let state = try log.state(of: CollectionProjection(definition), at: log.head).state
        return try #require(state.collection(name))
    }
}
