/// Why a log could not be opened.
public struct OpenError: Error, Hashable, Sendable {
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// There is nothing at the path, and it was to be read.
        public static let missing = Code(rawValue: "missing")
        /// What is at the path is something else.
        public static let notALog = Code(rawValue: "not-a-log")
        /// An earlier version of this library wrote it, and it must be opened for writing once.
        public static let older = Code(rawValue: "older")
        /// A later version of this library wrote it.
        public static let newer = Code(rawValue: "newer")
        /// Another process writes it.
        public static let locked = Code(rawValue: "locked")
        /// The operating system refused.
        public static let inaccessible = Code(rawValue: "inaccessible")
        /// It is a log, and damaged.
        public static let damaged = Code(rawValue: "damaged")
    }

    public let code: Code
    /// One sentence: what is wrong, where, and how to mend it.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension OpenError: CustomStringConvertible {
    public var description: String { message }
}
