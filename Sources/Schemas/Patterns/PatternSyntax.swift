/// The parts of a regular expression.
indirect enum PatternSyntax: Sendable, Hashable {
    /// The empty text.
    case empty
    case scalar(UInt32)
    case set(ScalarSet)
    case start
    case end
    /// A boundary of a word, or with `false` any other place.
    case wordBoundary(Bool)
    case sequence([PatternSyntax])
    case alternatives([PatternSyntax])
    /// From `minimum` to `maximum` times; without a limit when `maximum` is nil.
    case repetition(PatternSyntax, minimum: Int, maximum: Int?)

    /// The number of states of the program, with at least one for each part, so that the work of emitting the program
    /// is bounded as well. The largest number stands for every number that is larger.
    var stateCount: Int {
        switch self {
        case .empty, .scalar, .set, .start, .end, .wordBoundary: 1
        case .sequence(let parts): Self.sum(parts.map(\.stateCount))
        case .alternatives(let parts): Self.sum(parts.map { Self.sum([$0.stateCount, 2]) })
        case .repetition(let part, let minimum, nil):
            // The last copy loops; without a copy that must occur, the loop has two more states.
            Self.sum([Self.product(part.stateCount, max(minimum, 1)), 2])
        case .repetition(let part, let minimum, let maximum?):
            Self.sum([
                Self.product(part.stateCount, max(minimum, 1)),
                Self.product(Self.sum([part.stateCount, 1]), maximum - minimum),
            ])
        }
    }

    private static func sum(_ numbers: [Int]) -> Int {
        numbers.reduce(0) { $0.addingReportingOverflow($1).overflow ? .max : $0 + $1 }
    }

    private static func product(_ number: Int, _ times: Int) -> Int {
        let (product, overflowed) = number.multipliedReportingOverflow(by: times)
        return overflowed ? .max : product
    }
}

/// Why a regular expression is refused.
struct PatternFault: Error, Hashable {
    /// What is wrong and what to write instead.
    let message: String
}
