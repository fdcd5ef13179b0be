import Commands
import Declarations
import EventLog
import JSON
import KeyedRows
import Synchronization

/// Decides the commands of a folder application in the log's order, against the rows that guard them.
struct DeclaredCommands: CommandPerformer {
    /// How often a command is decided again because the definition was replaced while it waited.
    private static let maximumAttempts = 3

    let log: EventLog
    let application: DeclaredApplication

    func perform(_ command: Command, id: String?, source: String) async throws(Problem) -> CommandOutcome {
        var attempts = 0
        while true {
            let generation = application.generation
            do throws(Problem) {
                return try await perform(command, id: id, source: source, application.version)
            } catch {
                attempts += 1
                // The collection of an earlier version decides no more commands; that of the new version does.
                guard error.code == AppendError.Code.closed.rawValue, application.generation != generation,
                    attempts < Self.maximumAttempts
                else { throw error }
            }
        }
    }

    private func perform(
        _ command: Command, id: String?, source: String, _ version: DeclaredVersion
    ) async throws(Problem) -> CommandOutcome {
        guard let definition = version.commands[command.name] else {
            throw Problem(version.unknownCommand(command.name))
        }
        let decided = Mutex<JSONValue?>(nil)
        let decide: @Sendable (CollectionState?) throws(Refusal) -> NewEvent = { rows throws(Refusal) in
            let event = try definition.decide(command, on: rows)
            decided.withLock { $0 = event.data }
            var made = NewEvent(
                topic: event.topic, type: event.type, source: source, data: .json(event.data.bytes))
            made.parsed = ParsedData(event.data)
            return made
        }
        let receipt = try await append(decide, id, bytes: 1024 + command.data.bytes.count, definition, version)
        return try CommandOutcome(receipt, decided: decided.withLock { $0 }, id: id, in: log) { event, data in
            event.type.hasSameBytes(as: definition.event) && definition.repeats(command, topic: event.topic, data: data)
        }
    }

    private func append(
        _ decide: @escaping @Sendable (CollectionState?) throws(Refusal) -> NewEvent, _ id: String?, bytes: Int,
        _ definition: DeclaredCommand, _ version: DeclaredVersion
    ) async throws(Problem) -> Receipt {
        guard let collection = definition.collection.flatMap({ version.collections[$0] }) else {
            return try await appendUnguarded(decide, id)
        }
        do throws(CommandError<Refusal>) {
            return try await collection.projector.append(id: id, bytes: bytes) { states, _ throws(Refusal) in
                [try decide(collection.rows(in: states))]
            }
        } catch {
            throw Problem(error)
        }
    }

    /// Without a guard nothing depends on the log's order.
    private func appendUnguarded(
        _ decide: (CollectionState?) throws(Refusal) -> NewEvent, _ id: String?
    ) async throws(Problem) -> Receipt {
        var event: NewEvent
        do throws(Refusal) {
            event = try decide(nil)
        } catch {
            throw Problem(error)
        }
        event.id = id
        do throws(AppendError) {
            return try await log.append(event)
        } catch {
            throw Problem(error)
        }
    }
}

extension DeclaredVersion {
    /// The refusal of a command that this version does not have. The message lists those that it has.
    func unknownCommand(_ name: String) -> Refusal {
        if let command = definition.commands.first(where: { $0.event.hasSameBytes(as: name) }) {
            return Refusal(
                code: .decidedType,
                message:
                    "\(name.shortened) is the type of an event, not a command; send the command \(command.name) instead"
            )
        }
        let names = definition.commands.map(\.name)
        let known =
            names.isEmpty
            ? "this application has no commands; append an event with POST /api/events"
            : "the commands are \(names.prefix(Self.maximumNames).joined(separator: ", "))"
                + (names.count > Self.maximumNames ? ", …" : "")
        return Refusal(code: .unknownCommand, message: "there is no command \"\(name.shortened)\"; \(known)")
    }

    /// The most names of commands in a message.
    private static let maximumNames = 50
}
