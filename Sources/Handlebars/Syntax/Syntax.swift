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
final class ContentSyntax {
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
    let hash: [(key: String, value: ExpressionSyntax)]
    /// Where the tag or the parenthesis starts.
    let position: Int
}

indirect enum ExpressionSyntax {
    case path(PathSyntax)
    case string(String, position: Int)
    case number(Double, position: Int)
    case bool(Bool, position: Int)
    case undefined(position: Int)
    case null(position: Int)
    case call(CallSyntax)
}

struct PathSyntax {
    let isData: Bool
    /// How many `..` it starts with.
    let depth: Int
    let parts: [String]
    /// As written, without brackets.
    let original: String
    /// Written with `.`, `..` or `this`, so that it can only be a field.
    let isScoped: Bool
    let position: Int

    init(isData: Bool, depth: Int, parts: [String], original: String, position: Int) {
        self.isData = isData
        self.depth = depth
        self.parts = parts
        self.original = original
        self.position = position
        isScoped = Self.isScoped(original)
    }
}

extension PathSyntax {
    /// handlebars.js: `/^\.|this\b/`
    private static func isScoped(_ original: String) -> Bool {
        var rest = original.utf8[...]
        if rest.first == UInt8(ascii: ".") { return true }
        while let start = rest.firstIndex(of: UInt8(ascii: "t")) {
            rest = rest[start...]
            if rest.starts(with: "this".utf8), rest.dropFirst(4).first.map(Lexer.isWord) != true { return true }
            rest = rest.dropFirst()
        }
        return false
    }

    /// A single name, which may therefore be a helper.
    var isSimple: Bool { parts.count == 1 && depth == 0 && !isScoped }
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
        return PathSyntax(isData: false, depth: 0, parts: [original], original: original, position: position)
    }
}
