public import EventLog
public import JSON
import Commands
import HTTPTypes

/// The result of an accepted command.
public struct CommandOutcome: Sendable {
    /// The offset of the command's first event; the head when nothing needed to change.
    public let offset: Offset
    /// The data of that event; nil when nothing needed to change.
    public let data: JSONValue?
    /// Whether the event is that of an earlier command with the same id.
    public let isRepeated: Bool
}

extension CommandOutcome {
    /// The outcome of a command whose events were appended, or had been appended before.
    ///
    /// - Parameters:
    ///   - receipt: the receipt of the append that the command was decided in.
    ///   - decided: the data of the first event that the command was decided into; nil for none.
    ///   - id: the id of the command.
    ///   - repeats: whether the command could have been decided into an event, whose data are the second argument.
    /// - Throws: 409 `id-conflict` when the log has another event with the id: the id was then used for something else,
    ///   and the command must not seem to have succeeded.
    init(
        _ receipt: Receipt, decided: JSONValue?, id: String?, in log: EventLog, repeats: (Event, JSONValue) -> Bool
    ) throws(Problem) {
        guard let offset = receipt.offsets.first else {
            self.init(offset: receipt.head, data: nil, isRepeated: false)
            return
        }
        guard receipt.duplicates > 0 else {
            self.init(offset: offset, data: decided, isRepeated: false)
            return
        }
        let event = try Self.event(at: offset, in: log)
        guard case .json(let bytes) = event.data, let data = try? JSONValue(parsing: bytes) else {
            throw Problem(ReadError.damaged(offset))
        }
        guard repeats(event, data) else {
            throw Problem(
                .conflict, AppendError.Code.idConflict.rawValue,
                "id \(id ?? "") was already used for something else, at offset \(offset); use a new id", field: "id")
        }
        self.init(offset: offset, data: data, isRepeated: true)
    }

    private static func event(at offset: Offset, in log: EventLog) throws(Problem) -> Event {
        do throws(ReadError) {
            if let event = try log.event(at: offset) { return event }
        } catch {
            throw Problem(error)
        }
        throw Problem(ReadError.damaged(offset))
    }
}

/// Decides commands: the part of an application that sockets use.
protocol CommandPerformer: Sendable {
    func perform(_ command: Command, id: String?, source: String) async throws(Problem) -> CommandOutcome
}

/// Refuses every command, for a server without an application.
struct NoCommands: CommandPerformer {
    func perform(_ command: Command, id: String?, source: String) async throws(Problem) -> CommandOutcome {
        throw Problem(
            Refusal(
                code: .unknownCommand,
                message:
                    "there is no command \"\(command.name.shortened)\"; this server runs without an application; append an event with POST /api/events"
            ))
    }
}
