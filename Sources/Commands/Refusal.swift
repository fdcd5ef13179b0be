import JSON

/// Why a command was not accepted. Nothing has changed.
public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of refusal this is, for programs.
    public let code: Code
    /// What was expected and what was sent, for people.
    public let message: String
    /// The field of the command's data that is wrong; nil when the refusal is not about one field.
    public let field: String?

    /// Makes a refusal.
    public init(code: Code, message: String, field: String? = nil) {
        self.code = code
        self.message = message
        self.field = field
    }

    /// The code and the message.
    public var description: String { "\(code.rawValue): \(message)" }
}

extension Refusal {
    /// What a client can do about a refusal; over HTTP it decides the status.
    public enum Kind: Sendable, Hashable {
        /// The command is wrong: 422.
        case invalid
        /// The command is about something that does not exist: 404.
        case notFound
        /// The command is right, but the state does not allow it: 409.
        case conflict
        /// The object has another version than the command was made for: 412.
        case stale
    }

    /// The code of a refusal, for programs. An application defines its own beside these.
    public struct Code: Sendable, Hashable {
        /// The code as it is sent to clients: lower case, with hyphens.
        public let rawValue: String
        /// What a client can do about it.
        public let kind: Kind

        /// Makes a code by the name that is sent to clients.
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
        /// The name is the type of an event that a command is decided into.
        public static let decidedType = Code("decided-type", .invalid)
        /// The object does not exist.
        public static let notFound = Code("not-found", .notFound)
        /// The object has changed since the version that the command was made for.
        public static let stale = Code("stale", .stale)
    }
}

extension Refusal {
    /// Makes the refusal of a value: `field must be …, not …`.
    public static func invalid(_ field: String, mustBe expectation: String, found: String) -> Refusal {
        Refusal(code: .invalid, message: "\(field) must be \(expectation), not \(found)", field: field)
    }

    /// Makes the refusal of a command without a required field.
    public static func missing(_ field: String, mustBe expectation: String) -> Refusal {
        Refusal(code: .missing, message: "\(field) is missing; it must be \(expectation)", field: field)
    }

    /// Makes the refusal of a field that a command does not have.
    ///
    /// - Parameter fields: the fields that it has.
    public static func unknownField(_ field: String, of command: String, fields: [String]) -> Refusal {
        let name = field.shortened
        return Refusal(
            code: .unknownField,
            message: "\(command) has no field \"\(name)\"; its fields are \(fields.joined(separator: ", "))",
            field: name)
    }

    /// - Parameter name: the command or socket event that the data belong to.
    static func notAnObject(_ data: JSONValue, of name: String) -> Refusal {
        Refusal(code: .invalid, message: "the data of \(name) must be an object, not \(data.kindName)")
    }
}
