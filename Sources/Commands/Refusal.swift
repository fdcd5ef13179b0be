import JSON

/// Why a command was not accepted. A refused command changes nothing.
public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reason, for programs.
    public let code: Code
    /// What was expected and what was sent, for people.
    public let message: String
    /// The field of the command's data that is wrong; nil when the refusal is not about one field.
    public let field: String?

    /// Makes a refusal.
    ///
    /// - Parameters:
    ///   - code: the reason, for programs.
    ///   - message: what was expected and what was sent, for people.
    ///   - field: the field of the command's data that is wrong, if the refusal is about one field.
    public init(code: Code, message: String, field: String? = nil) {
        self.code = code
        self.message = message
        self.field = field
    }

    /// The code and the message.
    public var description: String { "\(code.rawValue): \(message)" }
}

extension Refusal {
    /// What a client can do about a refusal. The kind decides the status of an HTTP response.
    public enum Kind: Sendable, Hashable {
        /// The command is wrong: 422.
        case invalid
        /// The command is about something that does not exist: 404.
        case notFound
        /// The command is valid, but the state does not allow it: 409.
        case conflict
        /// The object does not have the version that the command requires: 412.
        case stale
    }

    /// The code of a refusal, for programs. An application can define its own codes.
    public struct Code: Sendable, Hashable {
        /// The code as it is sent to clients: lower case, with hyphens.
        public let rawValue: String
        /// What a client can do about it.
        public let kind: Kind

        /// Makes a code from the text that is sent to clients.
        public init(_ rawValue: String, _ kind: Kind) {
            self.rawValue = rawValue
            self.kind = kind
        }

        /// A value has the wrong type or is out of range.
        public static let invalid = Code("invalid", .invalid)
        /// A required field was not sent.
        public static let missing = Code("missing", .invalid)
        /// A field was sent that the command does not have.
        public static let unknownField = Code("unknown-field", .invalid)
        /// No command has this name.
        public static let unknownCommand = Code("unknown-command", .invalid)
        /// The type of an event was sent instead of the name of its command.
        public static let decidedType = Code("decided-type", .invalid)
        /// The object does not exist.
        public static let notFound = Code("not-found", .notFound)
        /// The object does not have the version that the command requires.
        public static let stale = Code("stale", .stale)
    }
}

extension Refusal {
    /// The refusal of a value: `field must be …, not …`.
    ///
    /// - Parameters:
    ///   - field: the name of the field.
    ///   - expectation: what the field may hold, in words that follow "must be".
    ///   - found: what was sent, in words that follow "not".
    public static func invalid(_ field: String, mustBe expectation: String, found: String) -> Refusal {
        Refusal(code: .invalid, message: "\(field) must be \(expectation), not \(found)", field: field)
    }

    /// The refusal of a command without a required field.
    ///
    /// - Parameters:
    ///   - field: the name of the field.
    ///   - expectation: what the field may hold, in words that follow "must be".
    public static func missing(_ field: String, mustBe expectation: String) -> Refusal {
        Refusal(code: .missing, message: "\(field) is missing; it must be \(expectation)", field: field)
    }

    /// The refusal of a field that a command does not have.
    ///
    /// - Parameters:
    ///   - field: the name that was sent.
    ///   - command: the name of the command.
    ///   - fields: the fields that the command has.
    public static func unknownField(_ field: String, of command: String, fields: [String]) -> Refusal {
        let name = field.shortened
        return Refusal(
            code: .unknownField,
            message: "\(command) has no field \"\(name)\"; its fields are \(fields.joined(separator: ", "))",
            field: name)
    }

    /// The refusal of data that are not an object.
    ///
    /// - Parameter name: the command or Socket.IO event that the data belong to.
    static func notAnObject(_ data: JSONValue, of name: String) -> Refusal {
        Refusal(code: .invalid, message: "the data of \(name) must be an object, not \(data.kindName)")
    }
}

extension JSONObject {
    /// Refuses the first field that is not among `names`.
    ///
    /// - Parameter name: the command or Socket.IO event that the object belongs to, for the message.
    func refuseFields(besides names: [String], of name: String) throws(Refusal) {
        for (key, _) in entries where !names.contains(key) { throw .unknownField(key, of: name, fields: names) }
    }
}
