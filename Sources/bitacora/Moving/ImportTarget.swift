import EventLog

/// Where imported events go.
enum ImportTarget {
    /// A log that this process writes.
    case log(EventLog)
    /// The server that holds the log.
    case server(ServerAppend)
    /// Nowhere, for a dry run: events are only checked.
    case nothing(DryRun)

    /// How many events of a batch were written or skipped, or would be after a dry run.
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
                let conflicts = try Self.lookUp(batch) { try KnownEvent($0, in: log) }.conflicts
                throw conflicts.isEmpty ? Refusal.batch(Failure(ExitStatus.refused, error.message)) : .bad(conflicts)
            }
        case .server(let server):
            do throws(ServerAppend.Refusal) {
                return try await server.append(batch.events)
            } catch {
                guard let index = error.index, batch.numbers.indices.contains(index) else {
                    throw Refusal.batch(error.failure)
                }
                throw Refusal.bad([BlockParser.BadLine(number: batch.numbers[index], message: error.failure.message)])
            }
        case .nothing(let run):
            let found = try Self.lookUp(batch) { try run.known($0) }
            guard found.conflicts.isEmpty else { throw Refusal.bad(found.conflicts) }
            try run.add(found.new)
            return Written(new: batch.events.count - found.known, duplicates: found.known)
        }
    }

    private struct Found {
        /// The lines whose id belongs to an event of another topic, type or data.
        var conflicts: [BlockParser.BadLine] = []
        /// How many events exist already.
        var known = 0
        /// The other events that have an id.
        var new: [IDTable.Entry] = []
    }

    /// Looks up the ids of a batch with `find`, and earlier in the batch, and compares byte for byte, as the log's writer does.
    private static func lookUp(_ batch: BlockParser.Batch, _ find: (String) throws -> KnownEvent?) throws -> Found {
        var found = Found()
        // By bytes, because two strings that differ in bytes can be equal.
        var first: [[UInt8]: [UInt8]] = [:]
        for (event, number) in zip(batch.events, batch.numbers) {
            guard let id = event.id else { continue }
            let contentDigest = event.contentDigest
            let earlier = first[Array(id.utf8)].map { KnownEvent(contentDigest: $0, place: "earlier in the file") }
            guard let other = try earlier ?? find(id) else {
                first[Array(id.utf8)] = contentDigest
                found.new.append((id, contentDigest))
                continue
            }
            if other.contentDigest == contentDigest {
                found.known += 1
            } else {
                found.conflicts.append(
                    BlockParser.BadLine(
                        number: number, message: "id \(id) belongs to another event, \(other.place); use a new id"))
            }
        }
        return found
    }
}

extension AppendError {
    /// Whether it is about the events, and not about the log.
    var isRefusal: Bool { [.invalidEvent, .tooLarge, .conflict, .idConflict].contains(code) }
}
