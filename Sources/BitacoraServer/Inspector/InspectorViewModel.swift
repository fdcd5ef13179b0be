import EventLog
import Handlebars
import Inspection
import JSON

/// The data of the templates of the inspector.
struct InspectorViewModel {
    let log: EventLog
    /// The last offset that the page shows; the script of the page continues after it.
    let head: Offset
    let overview: LogOverview

    /// The data that the layout needs on every page.
    private func base(_ title: String) -> Object {
        [
            "title": .string(title), "isLog": true, "sheet": "log", "offset": Value(head.rawValue),
            "logId": .string("\(log.id)"),
            "position": .string("\(Position(log: log.id, offset: head))"),
        ]
    }

    /// The page with the list of events and its form, the overview of the log, and a past state.
    func list(_ events: SearchResults, _ state: StateForm?) -> Value {
        var object = base("Log")
        writeOverview(into: &object)
        object["first"] = Value(log.first.rawValue)
        object["lowest"] = Value(log.first.previous.rawValue)
        object["list"] = events.value
        object["blank"] = EventRow.blank
        object["past"] = state?.value ?? .null
        return .object(object)
    }

    /// The overview of the log without a page around it.
    var parts: Value {
        var object = Object()
        writeOverview(into: &object)
        return .object(object)
    }

    private func writeOverview(into object: inout Object) {
        object["events"] = .string(Amount.grouped(overview.statistics.events))
        object["size"] = .string(Amount.bytes(overview.statistics.bytes))
        object["durability"] = .string("\(overview.durability)")
        object["topics"] = Self.counts(overview.topics, parameter: "topic")
        object["topicsLeftOut"] = Value(overview.topicCount - overview.topics.count)
        object["types"] = Self.counts(overview.types, parameter: "type")
        object["typesLeftOut"] = Value(overview.typeCount - overview.types.count)
        object["chart"] = overview.histogram.map { HistogramChart($0).value } ?? .null
    }

    /// The page of one event.
    ///
    /// - Parameters:
    ///   - state: the name of the state that the page leads to; nil for the first.
    ///   - hasStates: whether the server has a state.
    func event(_ detail: EventDetail, state: String?, hasStates: Bool) -> Value {
        var object = base("Event \(detail.offset)")
        object["event"] = detail.value(in: log)
        let fields = [("at", "\(detail.offset)")] + (state.map { [("state", $0)] } ?? [])
        object["stateLink"] = hasStates ? .string("/log" + Query.text(fields)) : .null
        return .object(object)
    }

    private static func counts(_ counts: [LogOverview.Count], parameter: String) -> Value {
        .list(counts) { count in
            [
                "name": .string(ShownText.escaped(count.name)), "events": .string(Amount.grouped(count.events)),
                "link": .string("/log" + Query.text([(parameter, CommaList.text(of: [count.name]))])),
                // A name that the form would show or write with other characters is not offered in the form.
                "isOffered": .bool(ShownText.escaped(CommaList.text(of: [count.name])) == count.name),
            ]
        }
    }
}

/// The list of events of a page: the submitted form, the events that were found, and links to the next ones.
struct SearchResults {
    /// The values of the form, by field.
    let values: [String: String]
    /// The result; nil when a value is not valid, and `problem` says why.
    let found: (filter: LogFilter, search: LogSearch, rows: [EventRow])?
    let problem: Problem?

    var value: Value {
        var fields: Object = [:]
        for name in LogFilter.fields { fields[name] = .string(values[name] ?? "") }
        var object: Object = [
            "fields": .object(fields), "asksForMore": .bool(LogFilter.advancedFields.contains { values[$0] != nil }),
        ]
        if let problem {
            object["problem"] = .string(ShownText.escaped(problem.detail))
            object["faults"] = .object([problem.field ?? "": true])
        }
        guard let (filter, search, rows) = found else { return .object(object) }
        object["rows"] = .list(rows, EventRow.shape)
        object["isLive"] = .bool(filter.isLive)
        object["isNarrowed"] = .bool(filter.isNarrowed)
        object["filter"] = .string(filter.json.text)
        object["address"] = .string(filter.address())
        object["newest"] = filter.before == nil && filter.after == nil ? .null : .string(filter.address())
        Self.addLinks(from: filter, search, rows, to: &object)
        return .object(object)
    }

    /// Adds the addresses of the older and the newer events, and the address that continues a search that was cut off.
    private static func addLinks(
        from filter: LogFilter, _ search: LogSearch, _ rows: [EventRow], to object: inout Object
    ) {
        if let last = rows.last, search.offsets.count == LogSearch.pageSize || filter.after != nil {
            object["older"] = .string(filter.address(before: last.offset))
        }
        if let first = rows.first,
            filter.before != nil || (filter.after != nil && search.offsets.count == LogSearch.pageSize)
        {
            object["newer"] = .string(filter.address(after: first.offset))
        }
        if let reached = search.searchedTo {
            object["searchedTo"] = Value(reached.rawValue)
            object["isSearchedBack"] = .bool(filter.after == nil)
            object["searchOn"] = .string(
                filter.after == nil ? filter.address(before: reached) : filter.address(after: reached))
        }
    }
}

/// The part of the page that shows a past state.
struct StateForm {
    /// The names of the states.
    let names: [String]
    /// The name of the chosen state, as submitted; the first one by default.
    let name: String
    /// The offset or time of the state, as submitted; nil for none.
    let at: String?
    /// The offset or time that the state is compared with, as submitted; nil for the event before.
    let against: String?
    /// The state; nil when none was asked for, or when there is a problem.
    var view: StateView?
    var problem: Problem?

    var value: Value {
        [
            "at": .string(at ?? ""), "against": .string(against ?? ""), "isOpen": .bool(at != nil || problem != nil),
            // One state needs no choice.
            "choices": .array(
                names.count < 2
                    ? []
                    : names.map { ["name": .string(ShownText.escaped($0)), "isChosen": .bool($0 == name)] }),
            "view": view?.value ?? .null,
            "problem": problem.map { .string(ShownText.escaped($0.detail)) } ?? .null,
        ]
    }
}
