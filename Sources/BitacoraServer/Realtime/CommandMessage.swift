import DequeModule
import EventLog
import HTTPTypes
import JSON
import NIOCore

/// What a client says over a plain WebSocket: `{"command":"product.create","data":{…},"id":"…","ref":1}`.
struct SocketCommand {
    /// The longest `ref`, in bytes of JSON.
    static let maximumReference = 128
    private static let fields: Set<String> = ["command", "data", "id", "ref"]

    let name: String
    let data: JSONValue
    /// Makes a retry safe.
    let id: String?
    /// Any JSON, given back with the answer.
    let reference: JSONValue

    /// - Throws: what is wrong; the answer then carries the `reference` if there was one.
    init(parsing text: ByteBuffer) throws(SocketCommandError) {
        let value: JSONValue
        do throws(JSONError) {
            value = try text.withUnsafeReadableBytes { bytes throws(JSONError) in try JSONValue(parsing: bytes) }
        } catch {
            throw SocketCommandError(reference: .null, problem: .invalid("command", "this is not JSON: \(error)"))
        }
        let reference = value["ref"] ?? .null
        guard reference.bytes.count <= Self.maximumReference else {
            throw SocketCommandError(
                reference: .null, problem: .invalid("ref", "ref is longer than \(Self.maximumReference) bytes"))
        }
        self.reference = reference
        guard let object = value.object else {
            throw SocketCommandError(
                reference: .null, problem: .invalid("command", "a command is an object with command and data"))
        }
        if let unknown = object.keys.first(where: { !Self.fields.contains($0) }) {
            throw SocketCommandError(
                reference: reference, problem: .unknownField(unknown, among: Self.fields, .badRequest))
        }
        guard let name = value["command"]?.string else {
            throw SocketCommandError(
                reference: reference,
                problem: .invalid("command", "command must be the name of one, such as product.create"))
        }
        if let id = value["id"], id != .null, id.string == nil {
            throw SocketCommandError(reference: reference, problem: .invalid("id", "id must be a string"))
        }
        self.name = name
        data = value["data"] ?? .object(JSONObject())
        id = value["id"]?.string
    }
}

/// A message that is no command.
struct SocketCommandError: Error {
    let reference: JSONValue
    let problem: Problem
}

/// The answer to a command.
enum Acknowledgement {
    /// `{"type":"ack","ref":1,"offset":17}` or with `error` in place of `offset`.
    static func text(_ reference: JSONValue, _ outcome: Result<CommandOutcome, Problem>) -> ByteBuffer {
        var object: JSONObject = ["type": "ack", "ref": reference]
        for (name, value) in fields(outcome).entries { object[name] = value }
        return ByteBuffer(bytes: JSONValue.object(object).bytes)
    }

    /// `{"offset":17}` or `{"error":{"code":"missing","message":"…","field":"title"}}`.
    static func fields(_ outcome: Result<CommandOutcome, Problem>) -> JSONObject {
        switch outcome {
        case .success(let outcome):
            return ["offset": .number(JSONNumber(outcome.offset.rawValue))]
        case .failure(let problem):
            var error: JSONObject = ["code": .string(problem.code), "message": .string(problem.detail)]
            if let field = problem.field { error["field"] = .string(field) }
            return ["error": .object(error)]
        }
    }
}

/// Puts the answers to the commands of one client into the order in which the commands came.
///
/// Commands are decided in order, many of them in one commit, but the tasks that wait for the commit resume in any
/// order:
/// ```
///  reserve 1, 2, 3, 4     fill 2: nothing leaves     fill 1: 1 and 2 leave     fill 4: nothing     fill 3: 3 and 4
/// ```
/// Holds at most one answer for each reserved place; the caller limits how many places are reserved.
struct AnswerSequence<Answer> {
    /// A place in the order.
    struct Place: Sendable {
        fileprivate let number: Int
    }

    /// For each reserved place its answer, nil until it is known. The first element is always nil.
    private var answers: Deque<Answer?> = []
    /// The number of the place of the first element of `answers`.
    private var first = 0

    /// How many places are reserved whose answers have not left.
    var count: Int { answers.count }

    /// Reserves the place behind all others.
    mutating func reserve() -> Place {
        answers.append(nil)
        return Place(number: first + answers.count - 1)
    }

    /// Gives the answer for a place, once.
    ///
    /// - Returns: the answers that leave now, in their order.
    mutating func fill(_ place: Place, with answer: Answer) -> [Answer] {
        answers[place.number - first] = answer
        var leaving: [Answer] = []
        while let next = answers.first, let answer = next {
            answers.removeFirst()
            first += 1
            leaving.append(answer)
        }
        return leaving
    }
}
