/// A regular expression of the subset of ECMA-262 that is matched in linear time, compiled once.
///
/// The program is a nondeterministic automaton. The matcher follows all its states in step with the text, so the time
/// is at most the number of scalars times the number of states, whatever the expression is.
struct Pattern: Sendable {
    /// The expression as it was written.
    let text: String
    private let instructions: [Instruction]

    /// The number of states of the automaton.
    var stateCount: Int { instructions.count }

    /// The largest expression in bytes.
    static let maximumBytes = 1000
    /// The largest number of states.
    static let maximumStates = 2000

    enum Instruction: Sendable {
        case scalar(UInt32)
        case set(ScalarSet)
        case start
        case end
        case wordBoundary(Bool)
        /// Continues at both places.
        case split(Int, Int)
        case jump(Int)
        case match
    }

    /// Compiles an expression.
    ///
    /// - Throws: what is not in the subset, or which limit is exceeded.
    init(_ text: String) throws(PatternFault) {
        guard text.utf8.count <= Self.maximumBytes else {
            throw PatternFault(
                message: "the pattern has \(text.utf8.count) bytes and the limit is \(Self.maximumBytes); shorten it")
        }
        var parser = PatternParser(text)
        let syntax = try parser.parse()
        guard syntax.stateCount < Self.maximumStates else {
            throw PatternFault(
                message: "the pattern needs more than \(Self.maximumStates) states; "
                    + "use smaller numbers in {m,n}, or minLength and maxLength")
        }
        var assembler = PatternAssembler()
        assembler.emit(syntax)
        instructions = assembler.instructions + [.match]
        self.text = text
    }

    /// Whether some part of a text matches; nil when the comparison would take more steps than the budget has left.
    func matches(_ text: String, _ budget: PatternBudget) -> Bool? {
        guard budget.spend(instructions.count * text.utf8.count) else { return nil }
        var matcher = PatternMatcher(instructions)
        return matcher.matches(text)
    }
}

/// Limits the steps that one check of a value takes for all its patterns, so that no value keeps a thread busy for long.
final class PatternBudget {
    /// The largest number of steps: about a tenth of a second. A step is one state for one byte of a text.
    static let maximumSteps = 10_000_000

    private var left: Int

    init(steps: Int = PatternBudget.maximumSteps) { left = steps }

    /// Takes steps from the budget; false when fewer are left.
    func spend(_ steps: Int) -> Bool {
        guard steps <= left else { return false }
        left -= steps
        return true
    }
}

/// Writes the program of an expression. The caller limits the number of states.
private struct PatternAssembler {
    private(set) var instructions: [Pattern.Instruction] = []

    mutating func emit(_ syntax: PatternSyntax) {
        switch syntax {
        case .empty: break
        case .scalar(let scalar): instructions.append(.scalar(scalar))
        case .set(let set): instructions.append(.set(set))
        case .start: instructions.append(.start)
        case .end: instructions.append(.end)
        case .wordBoundary(let isBoundary): instructions.append(.wordBoundary(isBoundary))
        case .sequence(let parts): for part in parts { emit(part) }
        case .alternatives(let parts): emitAlternatives(parts)
        case .repetition(let part, let minimum, let maximum):
            for _ in 0..<max(minimum - 1, 0) { emit(part) }
            if let maximum {
                if minimum > 0 { emit(part) }
                for _ in minimum..<maximum { emitOptional(part) }
            } else {
                emitLoop(part, isOptional: minimum == 0)
            }
        }
    }

    private mutating func emitAlternatives(_ parts: [PatternSyntax]) {
        var jumps: [Int] = []
        for part in parts.dropLast() {
            let split = reserve()
            emit(part)
            jumps.append(reserve())
            instructions[split] = .split(split + 1, instructions.count)
        }
        if let last = parts.last { emit(last) }
        for jump in jumps { instructions[jump] = .jump(instructions.count) }
    }

    private mutating func emitOptional(_ part: PatternSyntax) {
        let split = reserve()
        emit(part)
        instructions[split] = .split(split + 1, instructions.count)
    }

    /// A part that occurs once and then any number of times. An optional loop may also be left out.
    private mutating func emitLoop(_ part: PatternSyntax, isOptional: Bool) {
        let split = isOptional ? reserve() : nil
        let start = instructions.count
        emit(part)
        instructions.append(.split(start, instructions.count + 1))
        if let split { instructions[split] = .split(start, instructions.count) }
    }

    /// The index of an instruction that is written later.
    private mutating func reserve() -> Int {
        instructions.append(.match)
        return instructions.count - 1
    }
}
