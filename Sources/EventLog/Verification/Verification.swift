/// What `verify` found.
public struct Verification: Sendable {
    /// Something in the log is not as it was written.
    public struct Problem: Hashable, Sendable {
        /// The event it was found at, where it is about one.
        public let offset: Offset?
        /// One sentence: what is wrong, and what to do.
        public let message: String
    }

    /// How many problems are described; more are only counted.
    public static let describedProblems = 100

    public let first: Offset
    public let head: Offset
    /// How many events were looked at.
    public internal(set) var events = 0
    /// How many bytes their records take.
    public internal(set) var bytes = 0
    public internal(set) var problemCount = 0
    /// The first `describedProblems`, by offset.
    public internal(set) var problems: [Problem] = []

    public var isSound: Bool { problemCount == 0 }

    init(first: Offset, head: Offset) {
        self.first = first
        self.head = head
    }

    mutating func add(_ message: String, at offset: Offset? = nil) {
        problemCount += 1
        if problems.count < Self.describedProblems { problems.append(Problem(offset: offset, message: message)) }
    }
}
