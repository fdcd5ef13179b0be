import Synchronization

/// A compiled Handlebars template: compile it once, then render it any number of times, from any thread.
///
/// ```swift
/// let template = try Template("Hello {{name}}!", name: "greeting")
/// let page = try template.render(["name": "Ada"])
/// ```
public struct Template: Sendable {
    let source: Source
    let program: Program
    let usesData: Bool
    private let sizeHint = SizeHint()

    /// Compiles a template.
    ///
    /// - Parameters:
    ///   - text: the text of the template. A template is code: never compile text that a visitor sent.
    ///   - name: the name of the template in errors, such as a file name.
    ///   - options: how the template is compiled.
    /// - Throws: `.syntax` with line and column, `.limit` when the template is too long or nested too deep,
    ///   `.missingHelper` for an unknown helper with the option `knownHelpersOnly`.
    public init(_ text: String, name: String, options: TemplateOptions = TemplateOptions()) throws(TemplateError) {
        try self.init(Array(text.utf8), name: name, options: options)
    }

    /// Compiles a template from UTF-8; invalid bytes are replaced by U+FFFD.
    ///
    /// - Throws: the errors of `init(_:name:options:)`.
    public init(_ bytes: [UInt8], name: String, options: TemplateOptions = TemplateOptions()) throws(TemplateError) {
        try self.init(Source(name: name, bytes: bytes), options: options)
    }

    init(_ source: Source, options: TemplateOptions) throws(TemplateError) {
        self.source = source
        (program, usesData) = try Compiler.compile(source, options: options)
    }

    /// The name of the template in errors.
    public var name: String { source.name }

    /// Renders the template and returns UTF-8.
    ///
    /// - Parameters:
    ///   - context: the data that the names in the template are looked up in.
    ///   - helpers: helpers in addition to the built-in ones.
    ///   - partials: the templates that `{{> name}}` calls.
    ///   - data: data variables, `@name`; a variable `root` replaces the context as `@root`.
    ///   - limits: the resources that this rendering may use.
    ///   - log: receives the output of `{{log}}`; `nil` discards it.
    /// - Throws: `.missingHelper`, `.missingPartial`, `.helper` for an error in a helper, `.notDefined` for a missing
    ///   field in strict mode, `.limit` when the rendering exceeds `limits`.
    public func render(
        _ context: Value, helpers: HelperRegistry = HelperRegistry(), partials: PartialLibrary = PartialLibrary(),
        data: [String: Value] = [:], limits: RenderLimits = RenderLimits(), log: LogSink? = nil
    ) throws(TemplateError) -> [UInt8] {
        try render(
            context, helpers: helpers, partials: partials, data: data, limits: limits, log: log, expecting: 0)
    }

    /// - Parameter size: the expected size of the output in bytes; 0 when it is unknown.
    func render(
        _ context: Value, helpers: HelperRegistry, partials: PartialLibrary, data: [String: Value],
        limits: RenderLimits,
        log: LogSink?, expecting size: Int
    ) throws(TemplateError) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(max(size, sizeHint.bytes.load(ordering: .relaxed)))
        try render(context, helpers: helpers, partials: partials, data: data, limits: limits, log: log, to: &output)
        sizeHint.bytes.store(min(output.count + output.count / 8, SizeHint.maximum), ordering: .relaxed)
        return output
    }

    /// Renders the template and appends UTF-8 to `output`.
    ///
    /// After an error, `output` holds the text that was rendered before the error.
    ///
    /// - Throws: the errors of ``render(_:helpers:partials:data:limits:log:)``.
    public func render(
        _ context: Value, helpers: HelperRegistry = HelperRegistry(), partials: PartialLibrary = PartialLibrary(),
        data: [String: Value] = [:], limits: RenderLimits = RenderLimits(), log: LogSink? = nil,
        to output: inout [UInt8]
    ) throws(TemplateError) {
        let state = RenderState(helpers: helpers, partials: partials, limits: limits, log: log)
        var frame = DataFrame(parent: nil, variables: data.map { (key: FieldName($0.key), value: $0.value) })
        if data["root"] == nil { frame = DataFrame(parent: frame, variables: [(FieldName("root"), context)]) }
        let scope = Scope(
            activation: Activation(state, self, inlines: nil),
            frame: ContextFrame(context, parent: nil),
            data: frame, parameters: nil, depth: 0, base: 0)
        let start = output.count
        try program.render(scope, outer: nil, to: &output)
        guard output.count - start <= limits.outputBytes else {
            throw TemplateError(
                .limit, "\(name) prints more than \(limits.outputBytes) bytes",
                hint: "raise outputBytes in the render limits")
        }
    }
}

/// The expected size of the next output, so that its memory is allocated once.
private final class SizeHint: Sendable {
    static let maximum = 1 << 20
    let bytes = Atomic(0)
}

extension Template {
    /// Compiles the template in a file; the path is its name in errors.
    ///
    /// - Parameters:
    ///   - path: the path of the file.
    ///   - options: how the template is compiled.
    ///   - isTrimmed: whether white space at both ends of the file is removed, as a ``ViewEngine`` does. Lines and
    ///     columns in errors are those of the file in both cases.
    /// - Throws: `.file` when the file cannot be read or is not UTF-8, `.limit` when it has more than
    ///   `options.maximumSourceBytes`, otherwise the errors of `init(_:name:options:)`.
    public init(
        file path: String, options: TemplateOptions = TemplateOptions(), isTrimmed: Bool = false
    ) throws(TemplateError) {
        let (bytes, _) = try FileSystem.read(path, maximumBytes: options.maximumSourceBytes)
        try self.init(readFrom: path, bytes, options: options, isTrimmed: isTrimmed)
    }

    /// Compiles the bytes of a file, or of another source outside of the program, which must be UTF-8.
    package init(
        readFrom path: String, _ bytes: [UInt8], options: TemplateOptions, isTrimmed: Bool
    ) throws(TemplateError) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw TemplateError(.file, "\(path) is not UTF-8", hint: "save it as UTF-8")
        }
        let source = isTrimmed ? Source(name: path, trimming: bytes) : Source(name: path, bytes: bytes)
        try self.init(source, options: options)
    }
}

/// How a template is compiled; the names of the options are those of handlebars.js.
public struct TemplateOptions: Sendable {
    /// Whether a missing field is an error, except as an argument of a helper.
    public var strict = false
    /// Whether a missing parent of a field is an error; a missing field itself prints nothing.
    public var assumeObjects = false
    /// Whether `{{ }}` prints values without escaping them.
    public var noEscape = false
    /// Whether a partial call that stands alone on its line does not indent each line of the partial.
    public var preventIndent = false
    /// Whether the line of a block tag that stands alone on it stays in the output.
    public var ignoreStandalone = false
    /// Whether a partial that is called without a context gets an empty object instead of the current context.
    public var explicitPartialContext = false
    /// Whether the first name of a path is also looked up in the parent contexts, as in Mustache.
    public var compat = false
    /// Whether helpers and partials get data variables; a template that reads a variable always has them.
    public var data = true
    /// Names that are always helpers, in addition to the built-in ones.
    public var knownHelpers: Set<String> = []
    /// Whether a call of a helper that is neither built in nor in `knownHelpers` is an error.
    public var knownHelpersOnly = false

    /// The maximum depth of blocks and subexpressions in the text of one template.
    public var maximumNesting = 100
    /// The maximum size of the text of a template, in bytes.
    public var maximumSourceBytes = 4 << 20

    /// The default options of handlebars.js.
    public init() {}
}

/// The resources that one rendering may use. Exceeding one is an error with the code `.limit`.
public struct RenderLimits: Sendable {
    /// The maximum depth of nested blocks and partial calls.
    public var depth = 200
    /// The maximum size of the output, in bytes.
    public var outputBytes = 64 << 20
    /// The maximum number of partial calls.
    public var partialCalls = 1_000_000
    /// The maximum number of iterations of all loops together; a helper that renders its block counts as one.
    public var loopIterations = 50_000_000

    /// Limits that pages do not reach and that a server can afford.
    public init() {}
}
