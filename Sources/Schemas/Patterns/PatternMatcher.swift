/// Runs the program of a pattern over one text.
struct PatternMatcher {
    private let instructions: [Pattern.Instruction]
    /// The states that wait for a scalar.
    private var states: [Int] = []
    /// For each state, the number of the step in which it was reached last.
    private var reachedIn: [Int]
    private var step = 0
    /// The states that are reached and not yet followed.
    private var pending: [Int] = []

    init(_ instructions: [Pattern.Instruction]) {
        self.instructions = instructions
        reachedIn = Array(repeating: 0, count: instructions.count)
    }

    /// Whether some part of a text matches.
    mutating func matches(_ text: String) -> Bool {
        var before: UInt32?
        var waiting: [Int] = []
        for scalar in text.unicodeScalars {
            let value = scalar.value
            // A match may begin before every scalar.
            pending.append(0)
            if reachStates(before: before, after: value) { return true }
            swap(&states, &waiting)
            states.removeAll(keepingCapacity: true)
            for state in waiting where isMatched(value, by: instructions[state]) { pending.append(state + 1) }
            before = value
        }
        pending.append(0)
        return reachStates(before: before, after: nil)
    }

    /// Follows the pending states to those that wait for a scalar.
    ///
    /// - Parameters:
    ///   - before: the scalar before the place; nil at the start.
    ///   - after: the scalar after the place; nil at the end.
    /// - Returns: whether the end of the program was reached.
    private mutating func reachStates(before: UInt32?, after: UInt32?) -> Bool {
        step += 1
        while let state = pending.popLast() {
            guard reachedIn[state] != step else { continue }
            reachedIn[state] = step
            switch instructions[state] {
            case .scalar, .set: states.append(state)
            case .start: if before == nil { pending.append(state + 1) }
            case .end: if after == nil { pending.append(state + 1) }
            case .wordBoundary(let isBoundary):
                if (isWord(before) != isWord(after)) == isBoundary { pending.append(state + 1) }
            case .split(let first, let second):
                pending.append(second)
                pending.append(first)
            case .jump(let target): pending.append(target)
            case .match: return true
            }
        }
        return false
    }

    @inline(__always)
    private func isMatched(_ scalar: UInt32, by instruction: Pattern.Instruction) -> Bool {
        switch instruction {
        case .scalar(let expected): scalar == expected
        case .set(let set): set.contains(scalar)
        default: false
        }
    }

    private func isWord(_ scalar: UInt32?) -> Bool {
        scalar.map { ScalarSet.wordScalars.contains($0) } ?? false
    }
}
