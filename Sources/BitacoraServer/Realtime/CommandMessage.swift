import DequeModule
import EventLog
import HTTPTypes
import JSON
import NIOCore

/// A command as a client sends it over a plain WebSocket: `{"command":"product.create","data":{…},"id":"…","ref":1}`.
struct CommandMessage {
    /// The maximum length of `ref`, in bytes of JSON.
    static let maximumReference = 128
    private static let fields: Set<String> = ["command", "data", "id", "ref"]

    /// The name of the command.
    let name: String
    /// The fields of the command; an empty object when the message has no `data`.
    let data: JSONValue
    /// Makes a retry safe: a command with the id of an accepted command is not decided again.
    let id: String?
    /// Any JSON, returned with the acknowledgement.
    let reference: JSONValue

    /// - Throws: what is wrong with the message, with its `reference` if that could be read.
    init(parsing text: ByteBuffer) throws(CommandMessageError) {
        let (message, reference) = try Self.object(text)
        self.reference = reference
        do throws(Problem) {
            if let unknown = message.keys.first(where: { !Self.fields.contains($0) }) {
                throw Problem.unknownField(unknown, among: Self.fields, .badRequest)
            }
            guard let name = message["command"]?.string else {
                throw Problem.invalid(
                    "command", "command must be the name of a command, a string such as product.create")
            }
            if let id = message["id"], id != .null, id.string == nil {
                throw Problem.invalid("id", "id must be a string")
            }
            self.name = name
            data = message["data"] ?? .object(JSONObject())
            id = message["id"]?.string
        } catch {
            throw CommandMessageError(reference: reference, problem: error)
        }
    }

    /// The object that a message is, and its `ref`.
    private static func object(_ text: ByteBuffer) throws(CommandMessageError) -> (JSONObject, reference: JSONValue) {
        let value: JSONValue
        do throws(JSONError) {
            value = try text.withUnsafeReadableBytes { bytes throws(JSONError) in try JSONValue(parsing: bytes) }
        } catch {
            throw CommandMessageError(
                reference: .null, problem: .invalid("command", "the message is not JSON: \(error)"))
        }
        guard let object = value.object else {
            throw CommandMessageError(
                reference: .null,
                problem: .invalid("command", "the message must be a JSON object with the fields command and data"))
        }
        let reference = object["ref"] ?? .null
        guard reference.bytes.count <= maximumReference else {
            throw CommandMessageError(
                reference: .null,
                problem: .invalid(
                    "ref", "ref has \(reference.bytes.count) bytes of JSON; the limit is \(maximumReference) bytes"))
        }
        return (object, reference)
    }
}

/// Why a message of a client is not a command.
struct CommandMessageError: Error {
    /// The `ref` of the message; null when it could not be read.
    let reference: JSONValue
    /// What is wrong.
    let problem: Problem
}

/// Restores the order of the answers to the commands of one client.
///
/// Commands are decided in the order in which they arrive, many of them in one commit, but the tasks that wait for the
/// commit resume in any order:
/// ```
///  reserve 1, 2, 3, 4     fill 2: none is returned     fill 1: 1 and 2     fill 4: none     fill 3: 3 and 4
/// ```
/// Holds at most one answer for each reserved slot; the caller limits how many slots are reserved.
struct ReorderBuffer<Answer> {
    /// The position of one answer in the order.
    struct Slot: Sendable {
        fileprivate let number: Int
    }

    /// For each reserved slot its answer, nil until the answer is known. The first element is always nil.
    private var answers: Deque<Answer?> = []
    /// The number of the slot of the first element of `answers`.
    private var first = 0

    /// The number of reserved slots whose answers have not been returned.
    var count: Int { answers.count }

    /// Reserves the slot after all others.
    mutating func reserve() -> Slot {
        answers.append(nil)
        return Slot(number: first + answers.count - 1)
    }

    /// Stores the answer of a slot; call this once for each slot.
    ///
    /// - Returns: the answers that can be sent now, in their order.
    mutating func fill(_ slot: Slot, with answer: Answer) -> [Answer] {
        answers[slot.number - first] = answer
        var ready: [Answer] = []
        while let next = answers.first, let answer = next {
            answers.removeFirst()
            first += 1
            ready.append(answer)
        }
        return ready
    }
}
