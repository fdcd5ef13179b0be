import JSON

/// A command whose data is known to be an object, the time it is decided at, and the checks that all commands share.
struct CommandData {
    let command: Command
    let object: JSONObject
    let time: Moment

    /// What an id must be.
    static let idRule = Rule<Int>.integer(1...Int.max)

    init(_ command: Command, at time: Moment) throws(Refusal) {
        guard let object = command.data.object else {
            throw Refusal(
                code: .invalid,
                message: "the data of \(command.name) must be an object, not \(command.data.kindName)")
        }
        self.command = command
        self.object = object
        self.time = time
    }

    /// Refuses the first field that is not among the names.
    func refuseFields(besides names: [String]) throws(Refusal) {
        for (key, _) in object.entries where !names.contains(key) {
            throw .unknownField(key, of: command.name, fields: names)
        }
    }

    /// Refuses `ifVersion` for a command that creates something, which has no version yet.
    func refuseVersion() throws(Refusal) {
        guard let version = command.ifVersion else { return }
        throw Refusal(
            code: .invalid,
            message: "\(command.name) creates something new and cannot depend on version \(version)")
    }

    /// A required field that names what the command is about.
    func id(_ field: String) throws(Refusal) -> Int {
        guard let json = object[field] else { throw .missing(field, mustBe: Self.idRule.expectation) }
        do throws(Mismatch) {
            return try Self.idRule.read(json)
        } catch {
            throw .invalid(field, mustBe: Self.idRule.expectation, found: error.found)
        }
    }
}
