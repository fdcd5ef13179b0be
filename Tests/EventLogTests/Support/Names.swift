import EventLog
import JSON

/// Folds the log into the names that were taken.
struct NameProjection: Projection {
    let name = "names"
    let initial = Names()

    func apply(_ event: borrowing EventView, to names: inout Names) { names.apply(event) }
    func encode(_ names: Names) -> [UInt8] { names.encoded() }
    func decode(_ bytes: [UInt8]) throws -> Names { try Names(decoding: bytes) }
}

/// A state for tests: names, each taken once.
struct Names: Equatable {
    struct Taken: Error, Equatable {
        let name: String
    }

    struct Unreadable: Error {}

    /// By name, the offset it was taken at.
    var taken: [String: Offset] = [:]
    /// How many events went by, of any kind.
    var seen = 0

    init() {}

    static func event(_ name: String) -> NewEvent {
        NewEvent(topic: "names", type: "name.taken", data: .json(JSONValue.string(name).bytes))
    }

    func claim(_ name: String) throws(Taken) -> NewEvent {
        guard taken[name] == nil else { throw Taken(name: name) }
        return Self.event(name)
    }

    mutating func apply(_ event: borrowing EventView) {
        seen += 1
        let isName = event.type.copied == Array("name.taken".utf8)
        guard isName, let name = try? JSONValue(parsing: event.data.copied).string else { return }
        if taken[name] == nil { taken[name] = event.offset }
    }

    func encoded() -> [UInt8] {
        var object = JSONObject()
        for (name, offset) in taken.sorted(by: { $0.key < $1.key }) {
            object[name] = .number(JSONNumber(Int(offset.rawValue)))
        }
        return JSONValue.array([.number(JSONNumber(seen)), .object(object)]).bytes
    }

    init(decoding bytes: [UInt8]) throws {
        guard let parts = try JSONValue(parsing: bytes).array, parts.count == 2, let seen = parts[0].int,
            let object = parts[1].object
        else { throw Unreadable() }
        self.seen = seen
        for (name, offset) in object.entries { taken[name] = Offset(offset.int ?? 0) }
    }
}

/// Folds the names as `NameProjection` does, but begins after trimmed events where there is no snapshot.
struct LateNameProjection: Projection {
    var name = "late names"
    let initial = LateNames()

    func initial(afterTrimmed offset: Offset) -> LateNames? { LateNames(startedAfter: offset) }

    func apply(_ event: borrowing EventView, to state: inout LateNames) { state.names.apply(event) }

    func encode(_ state: LateNames) -> [UInt8] {
        JSONValue.array([.number(JSONNumber(Int(state.startedAfter.rawValue)))]).bytes + [10] + state.names.encoded()
    }

    func decode(_ bytes: [UInt8]) throws -> LateNames {
        let parts = bytes.split(separator: 10, maxSplits: 1)
        guard parts.count == 2, let start = try JSONValue(parsing: Array(parts[0])).array?.first?.int else {
            throw Names.Unreadable()
        }
        return LateNames(startedAfter: Offset(start), names: try Names(decoding: Array(parts[1])))
    }
}

/// The state of `LateNameProjection`.
struct LateNames: Equatable {
    var startedAfter = Offset.start
    var names = Names()
}
