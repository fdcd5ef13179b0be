public import EventLog
public import JSON

/// A command whose data are an object, with the time that its events will have, and the checks that commands share.
public struct CommandFields: Sendable {
    /// The command as it was received.
    public let command: Command
    /// The command's data.
    public let object: JSONObject
    /// The time that the events of the command will have.
    public let time: Timestamp

    /// What an id must be.
    private static let idRule = Rule<Int>.integer(1...Int.max)

    /// - Throws: `invalid` when the data of the command are not an object.
    public init(_ command: Command, at time: Timestamp) throws(Refusal) {
        guard let object = command.data.object else {
            throw .notAnObject(command.data, of: command.name)
        }
        self.command = command
        self.object = object
        self.time = time
    }

    /// Refuses the first field that is not among `names`.
    ///
    /// - Throws: `unknown-field` with the fields that the command has.
    public func refuseFields(besides names: [String]) throws(Refusal) {
        for (key, _) in object.entries where !names.contains(key) {
            throw .unknownField(key, of: command.name, fields: names)
        }
    }

    /// Refuses `ifVersion`, for a command that creates an object: the object has no version yet.
    ///
    /// - Throws: `invalid`.
    public func refuseVersion() throws(Refusal) {
        guard let version = command.ifVersion else { return }
        throw Refusal(
            code: .invalid,
            message: "\(command.name) creates something new and cannot depend on version \(version)")
    }

    /// Returns the value of a required field that holds an id, a whole number from 1.
    ///
    /// - Throws: `missing` or `invalid` with the field.
    public func id(_ field: String) throws(Refusal) -> Int {
        guard let json = object[field] else { throw .missing(field, mustBe: Self.idRule.expectation) }
        do throws(Mismatch) {
            return try Self.idRule.read(json)
        } catch {
            throw .invalid(field, mustBe: Self.idRule.expectation, found: error.found)
        }
    }
}
