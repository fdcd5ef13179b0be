import EventLog
import HTTPTypes
import JSON
import Marketplace

/// The marketplace on the log: commands in, events out, the newest state at hand.
struct Market: Sendable {
    let log: EventLog
    let projector: Projector<MarketplaceState>

    /// What became of an accepted command.
    struct Outcome: Sendable {
        /// Its event; the head where it changed nothing.
        let offset: Offset
        /// The data of its event, nil where it changed nothing.
        let data: JSONValue?
        /// Whether an earlier command of the same id had done it.
        let isRepeated: Bool
    }

    var state: MarketplaceState { projector.value.state }

    /// Decides a command in the log's order, and appends what it was decided into.
    ///
    /// - Parameters:
    ///   - id: makes a retry safe: a command of an id that was accepted is not decided again.
    ///   - source: kept with the event.
    func perform(_ command: Command, id: String? = nil, source: String) async throws(Problem) -> Outcome {
        let receipt: Receipt
        do throws(CommandError<Refusal>) {
            receipt = try await projector.append(id: id, bytes: 1024 + command.data.bytes.count) {
                state, time throws(Refusal) in
                try state.decide(command, at: Moment(time)).map { fact in
                    NewEvent(topic: fact.topic, type: fact.type, source: source, data: .json(fact.data.bytes))
                }
            }
        } catch {
            throw Problem(error)
        }
        guard let offset = receipt.offsets.last else {
            return Outcome(offset: receipt.head, data: nil, isRepeated: false)
        }
        let event = try event(at: offset)
        let isRepeated = receipt.duplicates > 0
        if isRepeated { try checkRepetition(command, of: event, id: id ?? "") }
        return Outcome(offset: offset, data: try data(of: event), isRepeated: isRepeated)
    }

    private func event(at offset: Offset) throws(Problem) -> Event {
        do throws(ReadError) {
            if let event = try log.event(at: offset) { return event }
        } catch {
            throw Problem(error)
        }
        throw Problem(ReadError.damaged(offset))
    }

    private func data(of event: Event) throws(Problem) -> JSONValue {
        guard case .json(let bytes) = event.data, let value = try? JSONValue(parsing: bytes) else {
            throw Problem(ReadError.damaged(event.offset))
        }
        return value
    }

    /// An id used again for something else is a mistake that must not look like success.
    private func checkRepetition(_ command: Command, of event: Event, id: String) throws(Problem) {
        guard try MarketplaceState.mayRepeat(command, of: event.type, data(of: event)) else {
            throw Problem(
                .conflict, AppendError.Code.idConflict.rawValue,
                "id \(id) was used for something else, at offset \(event.offset); use a new id", field: "id")
        }
    }
}
