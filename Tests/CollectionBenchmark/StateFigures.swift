import EventLog
import JSON
import KeyedRows

/// The time to encode and to decode the snapshot of a collection with an index and a group, beside the same rows as JSON.
struct StateFigures {
    let log: EventLog
    let report: BenchReport

    func measure() throws {
        let projection = try OrderApplication.orders(hasIndex: true, hasGroup: true)
        let state = try log.state(of: projection, at: log.head).state
        var (snapshot, json): ([UInt8], [UInt8]) = ([], [])
        let encoding = ProcessUsage.measure { snapshot = projection.encode(state) }
        let jsonEncoding = ProcessUsage.measure { json = state.json("orders") }
        report.add(
            "encode the snapshot", encoding / .seconds(1), "s", baseline: ("rows as JSON", jsonEncoding / .seconds(1)))
        report.add(
            "size of the snapshot", Double(snapshot.count) / Double(log.head.rawValue), "bytes/row",
            baseline: ("rows as JSON", Double(json.count) / Double(log.head.rawValue)))
        var decoded: CollectionSet?
        var value: JSONValue?
        let decoding = try ProcessUsage.measure { decoded = try projection.decode(snapshot) }
        let jsonDecoding = try ProcessUsage.measure { value = try JSONValue(parsing: json) }
        guard let decoded, decoded.collections.map(\.count) == state.collections.map(\.count), value != nil else {
            throw WrongResult("the decoded snapshot has other rows than the collection")
        }
        report.add(
            "decode the snapshot", decoding / .seconds(1), "s", baseline: ("rows as JSON", jsonDecoding / .seconds(1)))
    }
}

/// A figure that would not be true.
struct WrongResult: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
