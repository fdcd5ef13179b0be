import JSON

/// A command whose data is known to be an object, and the checks that all commands share.
struct CommandData {
    let command: Command
    let object: JSONObject

    /// What an id must be.
    static let idRule = Rule<Int>.integer(1...Int.max)

    init(_ command: Command) throws(Refusal) {
        guard let object = command.data.object else {
            throw Refusal(
                code: .invalid,
                message: "the data of \(command.name) must be an object, not \(command.data.kindName)")
        }
        self.command = command
        self.object = object
    }

    /// Refuses the first field that is not among the names.
    func refuseFields(besides names: [String]) throws(Refusal) {
        for (key, _) in object.entries where !names.contains(key) {
            throw .unknownField(key, of: command.name, fields: names)
        }
    }

    /// Refuses a condition that could not be kept: there is no product yet to have a version.
    func refuseVersion() throws(Refusal) {
        guard let version = command.ifVersion else { return }
        throw Refusal(
            code: .invalid,
            message: "\(command.name) changes no product and cannot depend on version \(version)")
    }

    /// The required field `id`.
    var id: Int {
        get throws(Refusal) {
            guard let json = object["id"] else { throw .missing("id", mustBe: Self.idRule.expectation) }
            do throws(Mismatch) {
                return try Self.idRule.read(json)
            } catch {
                throw .invalid("id", mustBe: Self.idRule.expectation, found: error.found)
            }
        }
    }
}
