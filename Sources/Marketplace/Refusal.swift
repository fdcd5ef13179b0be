/// Why a command was not accepted. Nothing has changed.
public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of refusal it is, for programs.
    public let code: Code
    /// What was expected and what came instead, for people.
    public let message: String
    /// The field of the command's data at fault, nil when it is not about one field.
    public let field: String?

    /// A refusal, also for those who refuse before the marketplace does.
    public init(code: Code, message: String, field: String? = nil) {
        self.code = code
        self.message = message
        self.field = field
    }

    /// The code and the message.
    public var description: String { "\(code.rawValue): \(message)" }
}

extension Refusal {
    /// The kind of a refusal. More may be added: treat an unknown one as `invalid`.
    public struct Code: RawRepresentable, Sendable, Hashable {
        /// The code as it is sent to clients: lower case, with hyphens.
        public let rawValue: String

        /// A code by the name that is sent to clients.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// A value has the wrong type or is out of range.
        public static let invalid = Code(rawValue: "invalid")
        /// A required field was not given.
        public static let missing = Code(rawValue: "missing")
        /// A field was given that the command does not have.
        public static let unknownField = Code(rawValue: "unknown-field")
        /// There is no command of this name.
        public static let unknownCommand = Code(rawValue: "unknown-command")
        /// This is the type of an event that a command is decided into.
        public static let decidedType = Code(rawValue: "decided-type")
        /// Another product has the same code.
        public static let duplicate = Code(rawValue: "duplicate")
        /// There is no product or auction of this id.
        public static let notFound = Code(rawValue: "not-found")
        /// The product or auction has changed since the version the command was made for.
        public static let stale = Code(rawValue: "stale")
        /// The product is in an open auction.
        public static let inAuction = Code(rawValue: "in-auction")
        /// The bid does not reach the price to beat.
        public static let tooLow = Code(rawValue: "too-low")
        /// The auction takes no more bids.
        public static let closed = Code(rawValue: "closed")
        /// The auction's closing time has not come.
        public static let early = Code(rawValue: "early")
    }
}
