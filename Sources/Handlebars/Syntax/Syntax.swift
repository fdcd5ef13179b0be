/// What the parser makes of a template: statements and expressions with their places.
///
/// Classes where white space control or a closing tag changes them later.
final class ProgramSyntax {
    var body: [StatementSyntax] = []
    var blockParameters: [String] = []
    /// Whether it is the `else if …` of another block, which shares that block's closing tag.
    var isChained = false
    /// Of the whole template: whether it reads a data variable, `@name`.
    var readsData = false
}

enum StatementSyntax {
    case content(ContentSyntax)
    case mustache(MustacheSyntax)
    case block(BlockSyntax)
    case partial(PartialSyntax)
    case comment(Strip)
}

/// Which sides of a tag have a `~`.
struct Strip {
    var open = false
    var close = false
}

/// Text between tags. What is printed shrinks; what white space is judged by stays.
struct ContentSyntax {
    let original: Range<Int>
    var value: Range<Int>
    var isLeftStripped = false
    var isRightStripped = false

    init(_ range: Range<Int>) {
        original = range
        value = range
    }
}

struct MustacheSyntax {
    let call: CallSyntax
    let isEscaped: Bool
    let isDecorator: Bool
    let strip: Strip
}

final class BlockSyntax {
    enum Kind { case block, decorator, partial, raw }

    let kind: Kind
    let call: CallSyntax
    var program: ProgramSyntax?
    var inverse: ProgramSyntax?
    var openStrip = Strip()
    var inverseStrip = Strip()
    var closeStrip = Strip()

    init(_ kind: Kind, _ call: CallSyntax) {
        self.kind = kind
        self.call = call
    }
}

final class PartialSyntax {
    let call: CallSyntax
    let strip: Strip
    /// The white space before it, when it is alone on its line.
    var indent = 0..<0

    init(_ call: CallSyntax, _ strip: Strip) {
        self.call = call
        self.strip = strip
    }
}

/// A name with its arguments, in a tag or in parentheses.
struct CallSyntax {
    let callee: ExpressionSyntax
    let arguments: [ExpressionSyntax]
    let hash: [(key: FieldName, value: ExpressionSyntax)]
    /// Where the tag or the parenthesis starts.
    let position: Int

    /// Whether the first argument follows the name without a space, `{{a.}}` or `{{a..b}}`: hardly what was meant.
    var isRunTogether: Bool {
        guard case .path(let path) = callee, let argument = arguments.first else { return false }
        return argument.position == path.position + path.original.utf8.count
    }
}

enum ExpressionSyntax {
    case path(PathSyntax)
    case string(String, position: Int)
    case number(Double, position: Int)
    case bool(Bool, position: Int)
    case undefined(position: Int)
    case null(position: Int)
    indirect case call(CallSyntax)
}

/// A class, because it is handed on often and is large.
final class PathSyntax {
    let isData: Bool
    /// How many `..` it starts with.
    let depth: Int
    /// The first name, which is the only one of nearly every path; `nil` in `.`, `..` and `this`.
    let first: FieldName?
    /// The names after it.
    let rest: [FieldName]
    /// As written, without brackets.
    let original: String
    /// Written with `.`, `..` or `this`, so that it can only be a field.
    let isScoped: Bool
    let position: Int

    init(isData: Bool, depth: Int, first: FieldName?, rest: [FieldName], original: String, position: Int) {
        self.isData = isData
        self.depth = depth
        self.first = first
        self.rest = rest
        self.original = original
        self.position = position
        isScoped = Self.isScoped(original)
    }
}

extension PathSyntax {
    /// handlebars.js: `/^\.|this\b/`
    private static func isScoped(_ original: String) -> Bool {
        let bytes = original.utf8.span
        if !bytes.isEmpty, bytes[0] == UInt8(ascii: ".") { return true }
        let this: StaticString = "this"
        /// How many bytes of it have just passed. No end of it is a beginning of it.
        var matched = 0
        for place in bytes.indices {
            let byte = bytes[place]
            if matched == this.utf8CodeUnitCount {
                if !Lexer.isWord(byte) { return true }
                matched = 0
            }
            if byte != this.utf8Start[matched] { matched = 0 }
            if byte == this.utf8Start[matched] { matched += 1 }
        }
        return matched == this.utf8CodeUnitCount
    }

    /// A single name, which may therefore be a helper.
    var single: FieldName? { rest.isEmpty && depth == 0 && !isScoped ? first : nil }
}

extension ExpressionSyntax {
    var position: Int {
        switch self {
        case .path(let path): path.position
        case .call(let call): call.position
        case .string(_, let position), .number(_, let position), .bool(_, let position), .undefined(let position),
            .null(let position):
            position
        }
    }

    /// As it is compared with a closing tag, and as the name of a partial.
    var original: String {
        switch self {
        case .path(let path): path.original
        case .string(let text, _): text
        case .number(let number, _): Value.number(number).text
        case .bool(let bool, _): bool ? "true" : "false"
        case .undefined: "undefined"
        case .null: "null"
        case .call(let call): call.callee.original
        }
    }

    /// A literal in the place of a name is the name of a field.
    var calleePath: PathSyntax {
        if case .path(let path) = self { return path }
        return PathSyntax(
            isData: false, depth: 0, first: FieldName(original), rest: [], original: original, position: position)
    }
}
