/// Reads a regular expression by the grammar of ECMA-262 with the flag `u`, without lookaround, references to groups,
/// named groups and properties of Unicode.
///
/// As the only addition, every punctuation character of ASCII may be escaped.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var groupDepth = 0

    /// The limit of nested groups, for each of which the parser makes nested calls.
    static let maximumGroupDepth = 50
    /// The largest number in a repetition.
    static let maximumRepetition = 2000

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// Parses the whole text.
    mutating func parse() throws(PatternFault) -> PatternSyntax {
        let syntax = try parseAlternatives()
        // Only a closing parenthesis ends alternatives before the end of the text.
        guard current == nil else { throw fault("a ')' closes no group; the character itself is written \\)") }
        return syntax
    }

    private var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private func next(_ distance: Int = 1) -> Unicode.Scalar? {
        position + distance < scalars.count ? scalars[position + distance] : nil
    }

    private mutating func consume(_ scalar: Unicode.Scalar) -> Bool {
        guard current == scalar else { return false }
        position += 1
        return true
    }

    /// A fault with the place of the current character, counted from 1.
    private func fault(_ message: String) -> PatternFault {
        PatternFault(message: "at character \(position + 1), \(message)")
    }

    private mutating func parseAlternatives() throws(PatternFault) -> PatternSyntax {
        var parts = [try parseSequence()]
        while consume("|") { parts.append(try parseSequence()) }
        return parts.count == 1 ? parts[0] : .alternatives(parts)
    }

    private mutating func parseSequence() throws(PatternFault) -> PatternSyntax {
        var parts: [PatternSyntax] = []
        while let scalar = current, scalar != "|", scalar != ")" { parts.append(try parseTerm(scalar)) }
        switch parts.count {
        case 0: return .empty
        case 1: return parts[0]
        default: return .sequence(parts)
        }
    }

    private mutating func parseTerm(_ scalar: Unicode.Scalar) throws(PatternFault) -> PatternSyntax {
        switch scalar {
        case "^", "$":
            position += 1
            return try rejectRepetition(of: scalar == "^" ? .start : .end)
        case "\\" where next() == "b" || next() == "B":
            let isBoundary = next() == "b"
            position += 2
            return try rejectRepetition(of: .wordBoundary(isBoundary))
        default:
            return try parseRepetition(of: try parseAtom(scalar))
        }
    }

    private func rejectRepetition(of assertion: PatternSyntax) throws(PatternFault) -> PatternSyntax {
        if let current, "*+?{".unicodeScalars.contains(current) {
            throw fault("'\(current)' repeats a place in the text (^ $ \\b \\B) and not a character")
        }
        return assertion
    }

    private mutating func parseAtom(_ scalar: Unicode.Scalar) throws(PatternFault) -> PatternSyntax {
        switch scalar {
        case "(": return try parseGroup()
        case "[": return .set(try parseClass())
        case ".":
            position += 1
            return .set(.dot)
        case "\\": return try parseEscape()
        case "*", "+", "?": throw fault("'\(scalar)' repeats nothing; the character itself is written \\\(scalar)")
        case "{", "}", "]": throw fault("'\(scalar)' must be escaped as \\\(scalar)")
        default:
            position += 1
            return .scalar(scalar.value)
        }
    }

    private mutating func parseGroup() throws(PatternFault) -> PatternSyntax {
        let start = fault("the group is not closed by ')'")
        if next() == "?" {
            try rejectSpecialGroup()
            position += 2
        }
        position += 1
        groupDepth += 1
        guard groupDepth <= Self.maximumGroupDepth else {
            throw fault("groups are nested deeper than the limit of \(Self.maximumGroupDepth)")
        }
        let syntax = try parseAlternatives()
        groupDepth -= 1
        guard consume(")") else { throw start }
        return syntax
    }

    /// Throws unless the group begins with `?:`.
    private func rejectSpecialGroup() throws(PatternFault) {
        switch (next(2), next(3)) {
        case (":", _): return
        case ("=", _), ("!", _): throw fault("lookahead is not supported, because it does not run in linear time")
        case ("<", "="), ("<", "!"):
            throw fault("lookbehind is not supported, because it does not run in linear time")
        case ("<", _): throw fault("named groups are not supported; write (…) or (?:…)")
        default: throw fault("'(?' must be followed by ':'")
        }
    }
}

extension PatternParser {
    /// Reads the repetition after a part, if there is one. A lazy repetition matches the same texts.
    private mutating func parseRepetition(of part: PatternSyntax) throws(PatternFault) -> PatternSyntax {
        let bounds: (minimum: Int, maximum: Int?)
        switch current {
        case "*": bounds = (0, nil)
        case "+": bounds = (1, nil)
        case "?": bounds = (0, 1)
        case "{":
            bounds = try parseBounds()
        default: return part
        }
        position += 1
        _ = consume("?")
        return .repetition(part, minimum: bounds.minimum, maximum: bounds.maximum)
    }

    /// Reads `{m}`, `{m,}` or `{m,n}` without the closing brace.
    private mutating func parseBounds() throws(PatternFault) -> (minimum: Int, maximum: Int?) {
        let malformed = fault("'{' begins no repetition {m}, {m,} or {m,n}; the character itself is written \\{")
        position += 1
        guard let minimum = try parseNumber() else { throw malformed }
        var maximum: Int? = minimum
        if consume(",") { maximum = try parseNumber() }
        guard current == "}" else { throw malformed }
        if let maximum, maximum < minimum {
            throw fault("the repetition {\(minimum),\(maximum)} has a maximum below its minimum")
        }
        return (minimum, maximum)
    }

    /// Reads a decimal number; nil when there is no digit.
    private mutating func parseNumber() throws(PatternFault) -> Int? {
        var number: Int?
        while let scalar = current, ("0"..."9").contains(scalar) {
            number = (number ?? 0) * 10 + Int(scalar.value - 0x30)
            guard number ?? 0 <= Self.maximumRepetition else {
                throw fault("a repetition is limited to \(Self.maximumRepetition) times")
            }
            position += 1
        }
        return number
    }
}

extension PatternParser {
    private mutating func parseEscape() throws(PatternFault) -> PatternSyntax {
        if let set = try parseSetEscape() { return .set(set) }
        return .scalar(try parseScalarEscape(inClass: false))
    }

    /// Reads `\d`, `\w`, `\s` or their negation; nil when another escape is at the position.
    private mutating func parseSetEscape() throws(PatternFault) -> ScalarSet? {
        let set: ScalarSet
        switch next() {
        case "d": set = .digits
        case "D": set = ScalarSet.digits.inverted
        case "w": set = .wordScalars
        case "W": set = ScalarSet.wordScalars.inverted
        case "s": set = .whitespace
        case "S": set = ScalarSet.whitespace.inverted
        case "p", "P":
            throw fault("\\p{…} is not supported; write the characters as ranges: [a-zà-ÿ]")
        default: return nil
        }
        position += 2
        return set
    }

    private mutating func parseScalarEscape(inClass: Bool) throws(PatternFault) -> UInt32 {
        guard let escaped = next() else { throw fault("a backslash must be followed by a character") }
        switch escaped {
        case "t", "r", "n", "f", "v":
            position += 2
            return ["t": 0x09, "n": 0x0A, "v": 0x0B, "f": 0x0C, "r": 0x0D][escaped] ?? 0
        case "b" where inClass:
            position += 2
            return 0x08
        case "0" where !(next(2).map { ("0"..."9").contains($0) } ?? false):
            position += 2
            return 0
        case "0"..."9", "k": throw fault("references to groups (\\\(escaped)) are not supported")
        case "c":
            guard let letter = next(2), letter.isASCII, letter.properties.isAlphabetic else {
                throw fault("\\c must be followed by a letter from A to Z")
            }
            position += 3
            return letter.value & 0x1F
        case "x":
            position += 2
            guard let value = parseHexadecimal(digits: 2) else {
                throw fault("\\x must be followed by two hexadecimal digits")
            }
            return value
        case "u":
            position += 2
            return try parseUnicodeEscape()
        default:
            guard escaped.isASCII, escaped.value > 0x20, escaped.value != 0x7F, !escaped.properties.isAlphabetic else {
                throw fault(
                    "\\\(escaped) is not an escape of the supported subset; supported are \\d \\D "
                        + "\\w \\W \\s \\S \\b \\B \\t \\n \\v \\f \\r \\0 \\cX \\xHH \\uHHHH \\u{…} and punctuation")
            }
            position += 2
            return escaped.value
        }
    }

    /// Reads the part of `\uHHHH`, of `\u{…}`, or of a surrogate pair of two escapes, after the `u`.
    private mutating func parseUnicodeEscape() throws(PatternFault) -> UInt32 {
        let malformed = fault("\\u must be followed by four hexadecimal digits, or by {…} with a code point")
        if consume("{") {
            let digits = scalars[position...].prefix { $0 != "}" }
            position += digits.count
            guard (1...8).contains(digits.count), digits.allSatisfy(\.properties.isASCIIHexDigit), consume("}"),
                let value = UInt32(String(String.UnicodeScalarView(digits)), radix: 16), Unicode.Scalar(value) != nil
            else { throw malformed }
            return value
        }
        guard let unit = parseHexadecimal(digits: 4) else { throw malformed }
        if Unicode.Scalar(unit) != nil { return unit }
        if unit < 0xDC00, current == "\\", next() == "u" {
            position += 2
            if let second = parseHexadecimal(digits: 4), (0xDC00...0xDFFF).contains(second) {
                return 0x10000 + (unit - 0xD800) << 10 + (second - 0xDC00)
            }
        }
        throw fault("the \\u escape is half of a surrogate pair; a pair is \\uD800…\\uDBFF and then \\uDC00…\\uDFFF")
    }

    private mutating func parseHexadecimal(digits: Int) -> UInt32? {
        var value: UInt32 = 0
        for distance in 0..<digits {
            guard let digit = next(distance).flatMap({ Character($0).hexDigitValue }), next(distance)?.isASCII == true
            else { return nil }
            value = value << 4 | UInt32(digit)
        }
        position += digits
        return value
    }
}

extension PatternParser {
    private mutating func parseClass() throws(PatternFault) -> ScalarSet {
        let unclosed = fault("the class is not closed by ']'")
        position += 1
        let isNegated = consume("^")
        var sets: [ScalarSet] = []
        while let scalar = current, scalar != "]" {
            let first = try parseClassMember(scalar)
            guard current == "-", let end = next(), end != "]" else {
                sets.append(first.set)
                continue
            }
            position += 1
            let last = try parseClassMember(end)
            guard let from = first.scalar, let to = last.scalar else {
                throw fault("a range in a class must be between two characters; the hyphen itself is written \\-")
            }
            guard from <= to else { throw fault("a range in a class has its end before its start") }
            sets.append(ScalarSet([from...to]))
        }
        guard consume("]") else { throw unclosed }
        let set = ScalarSet(union: sets)
        return isNegated ? set.inverted : set
    }

    /// One character of a class, or a set (`\d`), which has no scalar.
    private mutating func parseClassMember(
        _ scalar: Unicode.Scalar
    ) throws(PatternFault) -> (set: ScalarSet, scalar: UInt32?) {
        guard scalar == "\\" else {
            position += 1
            return (ScalarSet([scalar.value...scalar.value]), scalar.value)
        }
        if let set = try parseSetEscape() { return (set, nil) }
        let value = try parseScalarEscape(inClass: true)
        return (ScalarSet([value...value]), value)
    }
}
