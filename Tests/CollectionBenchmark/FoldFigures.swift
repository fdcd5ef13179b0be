import EventLog
import KeyedRows

/// Events a second that are read from the log and folded, and the memory of a row.
struct FoldFigures {
    let log: EventLog
    let report: BenchReport

    func measure() throws {
        let unrelated = try OrderApplication.unrelated()
        // The first reading brings the pages of the file into memory.
        _ = try fold(unrelated)
        report.add("read the events, fold none", try fold(unrelated).cost.perSecond, "events/s")
        let dictionary = try fold(DictionaryFold())
        report.add("memory of a row in a dictionary", dictionary.rowBytes, "bytes")
        for (name, hasIndex, hasGroup) in [
            ("no index, no group", false, false), ("one index", true, false), ("one group", false, true),
            ("one index and one group", true, true),
        ] {
            let ours = try fold(try OrderApplication.orders(hasIndex: hasIndex, hasGroup: hasGroup))
            report.add(
                "fold, \(name)", ours.cost.perSecond, "events/s",
                baseline: ("Swift dictionary", dictionary.cost.perSecond), goal: "≥ 500,000/s")
            report.add(
                "memory of a row, \(name)", ours.rowBytes, "bytes",
                baseline: ("Swift dictionary", dictionary.rowBytes))
        }
    }

    /// Folds the whole log.
    ///
    /// - Returns: the time, and the memory that the state takes, divided by the number of events.
    private func fold<Source: Projection>(_ projection: Source) throws -> (cost: EventCost, rowBytes: Double) {
        let count = Int(log.head.rawValue)
        let memory = ProcessUsage.memory
        var state: EventLog.StateAt<Source>?
        let time = try ProcessUsage.measure { state = try log.state(of: projection, at: log.head) }
        let used = withExtendedLifetime(state) { ProcessUsage.memory - memory }
        return (EventCost(time: time, events: count), Double(used) / Double(count))
    }
}
