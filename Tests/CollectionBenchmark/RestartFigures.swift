import EventLog
import JSON
import KeyedRows

/// The time from opening the log until the collection answers a query, without and with a snapshot.
struct RestartFigures {
    let report: BenchReport
    /// A customer whose orders are asked for.
    let customer: String
    let openLog: () throws -> EventLog

    init(report: BenchReport, customer: String, _ openLog: @escaping () throws -> EventLog) {
        (self.report, self.customer, self.openLog) = (report, customer, openLog)
    }

    func measure() async throws {
        let projection = try OrderApplication.orders(hasIndex: true, hasGroup: true)
        let dictionary = try await restart(DictionaryFold()) { _ in }
        let folding = try await restart(projection, stores: true, query)
        let count = Double(folding.folded)
        report.add(
            "fold through a projector", count / (folding.loading / .seconds(1)), "events/s",
            baseline: ("Swift dictionary", count / (dictionary.loading / .seconds(1))), goal: "≥ 500,000/s")
        report.add(
            "store the snapshot", folding.storing / .seconds(1), "s",
            baseline: ("the fold", folding.loading / .seconds(1)))
        let loading = try await restart(projection, query)
        guard loading.folded == 0 else { throw WrongResult("the restart did not use the snapshot") }
        report.add(
            "restart until a query is answered", loading.total / .seconds(1), "s",
            baseline: ("without a snapshot", folding.total / .seconds(1)), goal: "≤ 2 s")
        report.add(
            "restart, processor time", loading.processor / .seconds(1), "s",
            baseline: ("without a snapshot", folding.processor / .seconds(1)))
    }

    /// The first 50 orders of a customer, the largest first.
    private func query(_ state: CollectionSet) throws {
        let query = RowQuery(
            filter: RowFilter([.init("customer", .equals(.string(customer)))]), sort: try RowSort("-total"), limit: 50)
        guard let rows = state.collection("orders")?.page(query).rows, !rows.isEmpty else {
            throw WrongResult("no row of \(customer) was found")
        }
    }

    private struct Restart {
        /// The number of events that were folded.
        var folded = 0
        var loading = Duration.zero
        /// From opening the log until the query is answered.
        var total = Duration.zero
        /// The processor time of `total`.
        var processor = Duration.zero
        var storing = Duration.zero
    }

    /// Opens the log, loads the state of a projection and calls `query` with the state.
    private func restart<Source: Projection>(
        _ projection: Source, stores: Bool = false, _ query: (Source.State) throws -> Void
    ) async throws -> Restart {
        var restart = Restart()
        let (begin, used) = (ContinuousClock.now, ProcessUsage.time)
        let log = try openLog()
        defer { log.close() }
        let opened = ContinuousClock.now
        let projector = try await log.project(projection)
        restart.loading = ContinuousClock.now - opened
        try query(projector.value.state)
        (restart.total, restart.processor) = (ContinuousClock.now - begin, ProcessUsage.time - used)
        restart.folded = projector.loading.folded
        if stores {
            let start = ContinuousClock.now
            _ = try await projector.saveSnapshot()
            restart.storing = ContinuousClock.now - start
        }
        return restart
    }
}
