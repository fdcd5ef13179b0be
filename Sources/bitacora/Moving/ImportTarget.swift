import EventLog

/// Where imported events go.
enum ImportTarget {
    /// A log that this process writes.
    case log(EventLog)
    /// The server that holds the log.
    case server(ServerAppend)
    /// Nowhere: everything is only checked, also against the log that there is.
    case nothing(EventLog?)

    /// What became of the events of an append.
    struct Written {
        var new: Int
        var duplicates: Int
    }

    /// Why a batch was not written.
    enum Refusal: Error {
        /// Lines of it cannot be taken; none of it was written.
        case bad([BlockParser.BadLine])
        /// It was refused as a whole.
        case batch(Failure)
    }

    /// Appends a batch, all or none; it is not empty.
    func append(_ batch: BlockParser.Batch, _ limits: EventLimits) async throws -> Written {
        switch self {
        case .log(let log):
            do throws(AppendError) {
                let receipt = try await log.append(try PreparedEvents(batch.events, limits))
                return Written(new: receipt.offsets.count - receipt.duplicates, duplicates: receipt.duplicates)
            } catch {
                guard error.isRefusal else { throw error }
                let conflicts = try Self.lookUp(batch, in: log).conflicts
                throw conflicts.isEmpty ? Refusal.batch(Failure(ExitStatus.refused, error.message)) : .bad(conflicts)
            }
        case .server(let server):
            do throws(ServerAppend.Refusal) {
                return try await server.append(batch.events)
            } catch {
                guard let index = error.index, batch.numbers.indices.contains(index) else { throw Refusal.batch(error.failure) }
                throw Refusal.bad([BlockParser.BadLine(number: batch.numbers[index], message: error.failure.message)])
            }
        case .nothing(let log):
            let (conflicts, known) = try Self.lookUp(batch, in: log)
            guard conflicts.isEmpty else { throw Refusal.bad(conflicts) }
            return Written(new: 0, duplicates: known)
        }
    }

    /// Looks for the ids of a batch, in the log and earlier in the batch.
    ///
    /// - Returns: the lines whose id belongs to an event of another topic, type or data, and how many are there already.
    private static func lookUp(
        _ batch: BlockParser.Batch, in log: EventLog?
    ) throws(ReadError) -> (conflicts: [BlockParser.BadLine], known: Int) {
        var conflicts: [BlockParser.BadLine] = []
        var known = 0
        var first: [[UInt8]: NewEvent] = [:]
        for (event, number) in zip(batch.events, batch.numbers) {
            guard let id = event.id else { continue }
            var other = first[Array(id.utf8)].map { (topic: $0.topic, type: $0.type, data: $0.data, place: "earlier in the file") }
            if other == nil, let offset = try log?.offset(ofID: id), let found = try log?.event(at: offset) {
                other = (found.topic, found.type, found.data, "at offset \(offset)")
            }
            guard let other else {
                first[Array(id.utf8)] = event
                continue
            }
            if other.topic == event.topic, other.type == event.type, other.data == event.data {
                known += 1
            } else {
                conflicts.append(BlockParser.BadLine(number: number, message: "id \(id) belongs to another event, \(other.place); use a new id"))
            }
        }
        return (conflicts, known)
    }
}

extension AppendError {
    /// Whether it is about the events, and not about the log.
    var isRefusal: Bool { [.invalidEvent, .tooLarge, .conflict, .idConflict].contains(code) }
}
