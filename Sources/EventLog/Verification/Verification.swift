/// What `verify` found.
public struct Verification: Sendable {
    /// Something in the log is not as it was written.
    public struct Problem: Hashable, Sendable {
        /// What of the log it is about.
        public enum Part: String, Sendable {
            /// The log's identity and where its chain begins.
            case meta
            /// An event, or one that is missing: what it said is lost, unless a backup has it.
            case events
            /// The index of topics, ids or types, which `EventLog.repair` makes anew from the events.
            case indexes
            /// A projection's stored state, which `EventLog.repair` removes: it is folded from the events again.
            case snapshots
        }

        public let part: Part
        /// The event it was found at, where it is about one.
        public let offset: Offset?
        /// One sentence: what is wrong.
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
    /// The first `describedProblems`: of the events by offset, then of the indexes and snapshots.
    public internal(set) var problems: [Problem] = []
    /// Whether the indexes were held against the events; not when events were trimmed again and again meanwhile.
    public internal(set) var areIndexesCompared = true
    private var counts: [Problem.Part: Int] = [:]

    init(first: Offset, head: Offset) {
        self.first = first
        self.head = head
    }

    public var isSound: Bool { counts.isEmpty }

    public var problemCount: Int { counts.values.reduce(0, +) }

    /// How many problems there are of one part.
    public func problemCount(of part: Problem.Part) -> Int { counts[part, default: 0] }

    mutating func add(_ part: Problem.Part, _ message: String, at offset: Offset? = nil) {
        counts[part, default: 0] += 1
        if problems.count < Self.describedProblems {
            problems.append(Problem(part: part, offset: offset, message: message))
        }
    }
}
