/// Why an event's or an ack's argument could not be read or written.
public struct ArgumentError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of errors; more may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the code, as it is written here.
        public let description: String

        /// Fewer arguments came than the handler takes.
        public static let missing = Code(description: "missing")
        /// An argument is not of the type that the handler takes.
        public static let mismatch = Code(description: "mismatch")
        /// A value cannot be written as JSON.
        public static let notEncodable = Code(description: "notEncodable")
        /// The arguments hold more binary values than one packet may have attachments.
        public static let tooManyAttachments = Code(description: "tooManyAttachments")
    }

    /// What kind of error it is.
    public let code: Code
    /// Which argument, counted from 0; an event's name is not one.
    public let position: Int
    /// What is wrong, in words.
    public let message: String

    /// An error of the argument at a position, with a message in words.
    public init(_ code: Code, at position: Int, _ message: String) {
        self.code = code
        self.position = position
        self.message = message
    }

    /// Which argument, here counted from 1, the message and the code.
    public var description: String { "argument \(position + 1): \(message) (\(code))" }
}
