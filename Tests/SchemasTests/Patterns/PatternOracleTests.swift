import TestSupport
import Testing

@testable import Schemas

@Suite("Patterns beside a backtracking matcher")
struct PatternOracleTests {
    @Test("random patterns match the same random texts", arguments: SeededGenerator.seeds)
    func agrees(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var matched = 0
        for round in 0..<3_000 {
            let syntax = Self.syntax(depth: 3, using: &random)
            let text = Self.text(of: syntax)
            let pattern = try Pattern(text)
            for _ in 0..<6 {
                let input = (0..<random.number(0...6)).map { _ in "abc- ".unicodeScalars.randomElement(using: &random)!
                }
                let expected = Backtracking(input.map(\.value)).matches(syntax)
                if expected { matched += 1 }
                let value = String(String.UnicodeScalarView(input))
                #expect(
                    pattern.matches(value) == expected, "seed \(seed), round \(round): \(text) on '\(value)'")
            }
        }
        // Neither side accepts or refuses nearly everything.
        #expect((2_000...16_000).contains(matched), "seed \(seed)")
    }

    private static func syntax(depth: Int, using random: inout SeededGenerator) -> PatternSyntax {
        switch random.number(0...(depth == 0 ? 6 : 11)) {
        case 0, 1, 2: return .scalar("abc".unicodeScalars.randomElement(using: &random)!.value)
        case 3: return .set(random.chance(1, of: 2) ? ScalarSet([0x61...0x62]) : ScalarSet([0x61...0x62]).inverted)
        case 4: return .set([ScalarSet.dot, .wordScalars, .whitespace.inverted].randomElement(using: &random)!)
        case 5: return random.chance(1, of: 2) ? .start : .end
        case 6: return .wordBoundary(random.chance(1, of: 2))
        case 7, 8:
            return .sequence(
                (0..<random.number(2...3)).map { _ in syntax(depth: depth - 1, using: &random) })
        case 9:
            return .alternatives(
                (0..<random.number(2...3)).map { _ in
                    random.chance(1, of: 6) ? .empty : syntax(depth: depth - 1, using: &random)
                })
        default:
            let minimum = random.number(0...2)
            let maximum = random.chance(1, of: 2) ? nil : minimum + random.number(0...2)
            return .repetition(syntax(depth: depth - 1, using: &random), minimum: minimum, maximum: maximum)
        }
    }

    /// The syntax as a pattern, in which every part is a group.
    private static func text(of syntax: PatternSyntax) -> String {
        switch syntax {
        case .empty: return ""
        case .scalar(let scalar): return String(Unicode.Scalar(scalar)!)
        case .set(.dot): return "."
        case .set(.wordScalars): return "\\w"
        case .set(let set):
            return set.contains(0x20) ? "[^ab]" : set.contains(0x63) ? "\\S" : "[a-b]"
        case .start: return "^"
        case .end: return "$"
        case .wordBoundary(let isBoundary): return isBoundary ? "\\b" : "\\B"
        case .sequence(let parts): return parts.map { "(?:\(text(of: $0)))" }.joined()
        case .alternatives(let parts): return "(" + parts.map(text(of:)).joined(separator: "|") + ")"
        case .repetition(let part, let minimum, let maximum):
            let group = "(?:\(text(of: part)))"
            return switch (minimum, maximum) {
            case (0, nil): group + "*"
            case (1, nil): group + "+?"
            case (0, 1): group + "?"
            case (let minimum, nil): group + "{\(minimum),}"
            case (let minimum, let maximum?) where minimum == maximum: group + "{\(minimum)}"
            case (let minimum, let maximum?): group + "{\(minimum),\(maximum)}"
            }
        }
    }
}

/// Follows every way through a pattern, one after the other.
private struct Backtracking {
    private let text: [UInt32]

    init(_ text: [UInt32]) { self.text = text }

    func matches(_ syntax: PatternSyntax) -> Bool {
        (0...text.count).contains { start in match(syntax, start) { _ in true } }
    }

    /// Whether the part matches at a position so that the rest accepts the position behind.
    private func match(_ syntax: PatternSyntax, _ position: Int, _ rest: (Int) -> Bool) -> Bool {
        switch syntax {
        case .empty: rest(position)
        case .scalar(let scalar): position < text.count && text[position] == scalar && rest(position + 1)
        case .set(let set): position < text.count && set.contains(text[position]) && rest(position + 1)
        case .start: position == 0 && rest(position)
        case .end: position == text.count && rest(position)
        case .wordBoundary(let isBoundary):
            (isWord(position - 1) != isWord(position)) == isBoundary && rest(position)
        case .sequence(let parts): match(parts[...], position, rest)
        case .alternatives(let parts): parts.contains { match($0, position, rest) }
        case .repetition(let part, let minimum, let maximum):
            match(part, minimum, maximum, position, rest)
        }
    }

    private func match(_ parts: ArraySlice<PatternSyntax>, _ position: Int, _ rest: (Int) -> Bool) -> Bool {
        guard let first = parts.first else { return rest(position) }
        return match(first, position) { match(parts.dropFirst(), $0, rest) }
    }

    private func match(
        _ part: PatternSyntax, _ minimum: Int, _ maximum: Int?, _ position: Int, _ rest: (Int) -> Bool
    ) -> Bool {
        if minimum == 0, rest(position) { return true }
        if maximum == 0 { return false }
        return match(part, position) { next in
            // A repetition of the empty text beyond the minimum changes nothing.
            (minimum > 0 || next > position)
                && match(part, max(minimum - 1, 0), maximum.map { $0 - 1 }, next, rest)
        }
    }

    private func isWord(_ position: Int) -> Bool {
        text.indices.contains(position) && (text[position] == 0x5F || (0x61...0x7A).contains(text[position]))
    }
}
