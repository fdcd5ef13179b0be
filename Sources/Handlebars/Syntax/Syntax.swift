/// The statements of a template or a block, as the parser returns them.
///
/// Types of the syntax tree are classes when white space control or a closing tag changes them later.
final class ProgramSyntax {
    var body: [StatementSyntax] = []
    var blockParameters: [String] = []
    /// Whether the program is the `else if …` of another block and shares the closing tag of that block.
    var isChained = false
    /// Whether the template reads a data variable, `@name`; only set for a whole template.
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

/// Text between tags: white space control shrinks `value`, which is printed, and makes its decisions by `original`.
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
    /// The white space before the call, when the call stands alone on its line.
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
    /// The offset of the tag or the parenthesis.
    let position: Int

    /// Whether the first argument follows the name without a space, as in `{{a.}}` or `{{a..b}}`: probably a mistake.
    var lacksSpace: Bool {
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

/// A path such as `a.b` or `../a`. A class, because the type is large and passed often.
final class PathSyntax {
    let isData: Bool
    /// The number of `..` at the start.
    let depth: Int
    /// The first name, usually the only one; `nil` in `.`, `..` and `this`.
    let first: FieldName?
    /// The names after the first.
    let rest: [FieldName]
    /// The path as written, without brackets.
    let original: String
    /// Whether the path is written with `.`, `..` or `this` and therefore never names a helper.
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
        /// The number of bytes of `this` that were matched. No proper suffix of `this` is a prefix of it.
        var matched = 0
        for index in bytes.indices {
            let byte = bytes[index]
            if matched == this.utf8CodeUnitCount {
                if !Lexer.isWord(byte) { return true }
                matched = 0
            }
            if byte != this.utf8Start[matched] { matched = 0 }
            if byte == this.utf8Start[matched] { matched += 1 }
        }
        return matched == this.utf8CodeUnitCount
    }

    /// The only name of the path, which may name a helper; `nil` for other paths.
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

    /// The text that a closing tag must repeat, and the name of a partial.
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

    /// The expression as a path: a literal that stands for a name is the name of a field.
    var calleePath: PathSyntax {
        if case .path(let path) = self { return path }
        return PathSyntax(
            isData: false, depth: 0, first: FieldName(original), rest: [], original: original, position: position)
    }
}
