extension Parser {
    /// A name, its arguments and then its `name=value` pairs.
    mutating func call(from open: Token, in construct: String) throws(TemplateError) -> CallSyntax {
        try call(of: try calleeName(in: construct), from: open)
    }

    /// A call whose name may also be a subexpression.
    mutating func partialCall(from open: Token) throws(TemplateError) -> CallSyntax {
        if token.kind == .openSubexpression { return try call(of: try subexpression(), from: open) }
        // The name @partial-block does not read a data variable.
        let readsData = readsData
        let name = try calleeName(in: "a partial call")
        self.readsData = readsData
        return try call(of: name, from: open)
    }

    private mutating func call(of callee: ExpressionSyntax, from open: Token) throws(TemplateError) -> CallSyntax {
        var arguments: [ExpressionSyntax] = []
        while !startsPair, let argument = try argument() { arguments.append(argument) }
        return CallSyntax(callee: callee, arguments: arguments, hash: try pairs(), position: open.start)
    }

    private var startsPair: Bool {
        (token.kind == .identifier || token.kind == .bracketed) && following.kind == .equals
    }

    private mutating func pairs() throws(TemplateError) -> [(key: FieldName, value: ExpressionSyntax)] {
        var pairs: [(key: FieldName, value: ExpressionSyntax)] = []
        while startsPair {
            let key = name(advance())
            advance()
            guard let value = try argument() else { throw unexpected("a value after \"\(key)=\"") }
            pairs.append((FieldName(key), value))
        }
        if !pairs.isEmpty, startsArgument {
            throw source.error(
                .syntax, "a positional argument follows name=value arguments",
                hint: "put it before the name=value arguments", at: token.start)
        }
        return pairs
    }

    private var startsArgument: Bool {
        switch token.kind {
        case .openSubexpression, .identifier, .bracketed, .data, .string, .number, .boolean, .undefined, .null: true
        default: false
        }
    }

    private mutating func argument() throws(TemplateError) -> ExpressionSyntax? {
        guard startsArgument else { return nil }
        return token.kind == .openSubexpression ? try subexpression() : try calleeName(in: "an expression")
    }

    private mutating func subexpression() throws(TemplateError) -> ExpressionSyntax {
        try enter(at: token.start)
        defer { leave() }
        let open = advance()
        let call = try call(from: open, in: "a subexpression")
        _ = try expect(.closeSubexpression, in: "a subexpression")
        return .call(call)
    }

    /// A path, a data variable or a literal.
    mutating func calleeName(in construct: String) throws(TemplateError) -> ExpressionSyntax {
        let start = token.start
        switch token.kind {
        case .identifier, .bracketed: return .path(try path(isData: false, from: start))
        case .data:
            advance()
            readsData = true
            return .path(try path(isData: true, from: start))
        case .string: return .string(string(advance()), position: start)
        case .number: return .number(Double(text(advance())) ?? .nan, position: start)
        case .boolean: return .bool(text(advance()) == "true", position: start)
        case .undefined:
            advance()
            return .undefined(position: start)
        case .null:
            advance()
            return .null(position: start)
        case .openSubexpression:
            throw unexpected("a name in \(construct)", hint: "write the name of the helper first, without parentheses")
        default: throw unexpected("a name in \(construct)", hint: "write a name; to print braces, write \\{{")
        }
    }

    private mutating func path(isData: Bool, from start: Int) throws(TemplateError) -> PathSyntax {
        var original = isData ? "@" : ""
        var first: FieldName?
        var rest: [FieldName] = []
        var depth = 0
        while true {
            guard token.kind == .identifier || token.kind == .bracketed else {
                throw missingName(isFirst: isData && first == nil)
            }
            let part = advance()
            let name = name(part)
            if original.isEmpty { original = name } else { original += name }
            if part.kind == .identifier, name == "." || name == ".." || name == "this" {
                guard first == nil else {
                    throw source.error(
                        .syntax, "Invalid path: \(original)", hint: "\"\(name)\" can only start a path", at: start)
                }
                if name == ".." { depth += 1 }
            } else if first == nil {
                first = FieldName(name)
            } else {
                rest.append(FieldName(name))
            }
            guard token.kind == .separator else { break }
            original += text(advance())
        }
        return PathSyntax(isData: isData, depth: depth, first: first, rest: rest, original: original, position: start)
    }

    /// - Parameter isFirst: whether the name is the one after `@`.
    private func missingName(isFirst: Bool) -> TemplateError {
        unexpected(
            "a name in a path",
            hint: token.kind == .number
                ? "write an element as list.[0]"
                : isFirst ? "write a name such as @index" : "a path must not end with a / or a dot")
    }

    /// The text of a name, without brackets.
    func name(_ token: Token) -> String {
        guard token.kind == .bracketed else { return text(token) }
        return unescaped(token, marks: [UInt8(ascii: "\\"), UInt8(ascii: "]")])
    }

    private func string(_ token: Token) -> String {
        unescaped(token, marks: [source.bytes[token.start]])
    }

    /// The text between the first and the last byte of a token, without the backslashes before one of the marks.
    private func unescaped(_ token: Token, marks: [UInt8]) -> String {
        let inner = (token.start + 1)..<(token.end - 1)
        guard source.bytes[inner].contains(UInt8(ascii: "\\")) else { return source.text(inner) }
        var text: [UInt8] = []
        var index = inner.lowerBound
        while index < inner.upperBound {
            let isEscape = source.bytes[index] == UInt8(ascii: "\\") && index + 1 < inner.upperBound
            if isEscape, marks.contains(source.bytes[index + 1]) {
                index += 1
            }
            text.append(source.bytes[index])
            index += 1
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// An error at the current token.
    ///
    /// - Parameter hint: how to fix the error; not used when the token is an invalid character.
    func unexpected(_ expected: String, hint: String? = nil) -> TemplateError {
        guard token.kind == .invalid else {
            return source.error(
                .syntax, "expected \(expected), found \(token.kind.description)", hint: hint, at: token.start)
        }
        let (message, hint, position) = invalidReason(expecting: expected)
        return source.error(.syntax, message, hint: hint, at: position)
    }

    /// The hint for a construct without its closing mark.
    func hint(expecting mark: Token.Kind) -> String {
        switch token.kind {
        case .equals: "write name=value after the name of a helper; there are no operators"
        case .closeBlockParameters: "there are no pipes; write the name of a helper before its arguments"
        case .closeSubexpression: "remove it, or open it with ("
        case .end, .close, .closeUnescaped, .closeRawBlock: "close it with \(mark.description.filter { $0 != "\"" })"
        default: "remove it"
        }
    }

    private func invalidReason(expecting expected: String) -> (String, String?, position: Int) {
        let rest = source.bytes[token.start...]
        let before = source.bytes[..<token.start]
        let isFirst = before.suffix(2).elementsEqual("{{".utf8) || before.suffix(3).elementsEqual("{{~".utf8)
        if rest.starts(with: "{{!".utf8) || rest.starts(with: "{{~!".utf8) {
            return ("this comment is never closed", "close it with --}}", token.start)
        }
        switch rest.first {
        case UInt8(ascii: "!") where isFirst: return ("this comment is never closed", "close it with }}", token.start)
        case UInt8(ascii: "\""): return ("this string is never closed", "close it with \"", token.start)
        case UInt8(ascii: "'"): return ("this string is never closed", "close it with '", token.start)
        case UInt8(ascii: "["): return ("this [name] is never closed", "close it with ]", token.start)
        default: return misplaced(expected)
        }
    }

    /// The error for a name that is followed by an invalid character: the character is at fault, not the name.
    private func misplaced(_ expected: String) -> (String, String?, position: Int) {
        let text = String(decoding: source.bytes[token.start...].prefix(1000), as: UTF8.self).unicodeScalars
        let name = text.prefix {
            !"!\"#%&'()*+,./;<=>@[\\]^`{|}~".unicodeScalars.contains($0) && !$0.properties.isWhitespace
        }
        guard let character = text.dropFirst(name.count).first else {
            return (
                "expected \(expected), found an unexpected character", "close the tag with }}", token.start
            )
        }
        let hint: String? =
            switch character {
            case "[": "write an element as list.[0]"
            case "(": "separate the name of a helper and its arguments with spaces, without parentheses"
            case ",": "separate arguments with spaces"
            case "#", "^": "write the mark of a block directly after {{"
            case "<", ">": "close the tag with }} before it; there are no operators, only helpers"
            case "+", "*", "%", "&", "|", "=", "!", "/": "there are no operators; use a helper"
            case "}": "close the tag with }}"
            default: "put a name that contains it in brackets, [a\(character)b], or close the tag with }} before it"
            }
        return ("unexpected \"\(character)\"", hint, token.start + String(name).utf8.count)
    }
}
