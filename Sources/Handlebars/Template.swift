import Synchronization

/// A Handlebars template, compiled: make it once, render it as often as needed, from any thread.
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
    ///   - text: the template. It is code: never compile what a visitor sent.
    ///   - name: how errors call it, a file name say.
    /// - Throws: `.syntax` with line and column, `.limit` when it is too long or nested too deep,
    ///   `.missingHelper` for an unknown helper where only known ones are allowed.
    public init(_ text: String, name: String, options: TemplateOptions = TemplateOptions()) throws(TemplateError) {
        try self.init(Array(text.utf8), name: name, options: options)
    }

    /// Compiles a template from its UTF-8.
    public init(_ bytes: [UInt8], name: String, options: TemplateOptions = TemplateOptions()) throws(TemplateError) {
        try self.init(Source(name: name, bytes: bytes), options: options)
    }

    init(_ source: Source, options: TemplateOptions) throws(TemplateError) {
        self.source = source
        (program, usesData) = try Compiler.compile(source, options: options)
    }

    /// The name it was compiled under.
    public var name: String { source.name }

    /// Renders the template, and gives UTF-8.
    ///
    /// - Parameters:
    ///   - context: what the template's names are looked up in.
    ///   - helpers: helpers besides the built-in ones.
    ///   - partials: what `{{> name}}` calls.
    ///   - data: data variables, `@name`; `root` takes the place of the context in `@root`.
    ///   - log: where `{{log}}` goes; nowhere if `nil`.
    /// - Throws: a missing helper or partial, whatever a helper throws, a missing field in strict mode,
    ///   `.limit` when the rendering grows beyond `limits`.
    public func render(
        _ context: Value, helpers: HelperRegistry = HelperRegistry(), partials: PartialLibrary = PartialLibrary(),
        data: [String: Value] = [:], limits: RenderLimits = RenderLimits(), log: LogSink? = nil
    ) throws(TemplateError) -> [UInt8] {
        try render(
            context, helpers: helpers, partials: partials, data: data, limits: limits, log: log, expecting: 0)
    }

    /// - Parameter size: how long the output will be at least, as far as is known.
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

    /// As `render`, appending to what is there. After an error the output holds what came before it.
    public func render(
        _ context: Value, helpers: HelperRegistry = HelperRegistry(), partials: PartialLibrary = PartialLibrary(),
        data: [String: Value] = [:], limits: RenderLimits = RenderLimits(), log: LogSink? = nil,
        to output: inout [UInt8]
    ) throws(TemplateError) {
        let rendering = Rendering(helpers: helpers, partials: partials, limits: limits, log: log)
        var frame = DataFrame(parent: nil, variables: data.map { (key: FieldName($0.key), value: $0.value) })
        if data["root"] == nil { frame = DataFrame(parent: frame, variables: [(FieldName("root"), context)]) }
        let scope = Scope(
            activation: Activation(rendering, self, inlines: nil),
            frame: ContextFrame(context, parent: nil),
            data: frame, parameters: nil, depth: 0, base: 0)
        let start = output.count
        try program.render(scope, outer: nil, to: &output)
        guard output.count - start <= limits.outputBytes else {
            throw TemplateError(
                .limit, "\(name) prints more than \(limits.outputBytes) bytes", hint: "raise outputBytes in its limits")
        }
    }
}

/// How long the next output will probably be, so that it is allocated once.
private final class SizeHint: Sendable {
    static let maximum = 1 << 20
    let bytes = Atomic(0)
}

extension Template {
    /// Compiles the template in a file; errors call it by the path.
    ///
    /// - Parameter isTrimmed: whether white space at both ends is left out, as a `ViewEngine` does; the places in
    ///   errors are those in the file all the same.
    /// - Throws: `.file` when it cannot be read or is not UTF-8, `.limit` when it has more than
    ///   `options.maximumSourceBytes`, otherwise what `init(_:name:options:)` throws.
    public init(
        file path: String, options: TemplateOptions = TemplateOptions(), isTrimmed: Bool = false
    ) throws(TemplateError) {
        let (bytes, _) = try FileSystem.read(path, maximumBytes: options.maximumSourceBytes)
        try self.init(readFrom: path, bytes, options: options, isTrimmed: isTrimmed)
    }

    /// Compiles what was read from a file, or from where else templates come from outside.
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

/// How a template is compiled; the names are those of handlebars.js.
public struct TemplateOptions: Sendable {
    /// A field that is not in the data is an error, except as an argument of a helper.
    public var strict = false
    /// A missing field prints nothing, but a missing parent of one is an error.
    public var assumeObjects = false
    /// `{{ }}` does not escape.
    public var noEscape = false
    /// A partial on a line of its own does not hand its indentation to each of its lines.
    public var preventIndent = false
    /// A block tag on a line of its own leaves that line in the output.
    public var ignoreStandalone = false
    /// A partial called without a context gets an empty one.
    public var explicitPartialContext = false
    /// The first name of a path is looked up in the parents too, as Mustache does.
    public var compat = false
    /// Whether there are data variables; a template that reads one has them all the same.
    public var data = true
    /// Names which are helpers for certain, besides the built-in ones.
    public var knownHelpers: Set<String> = []
    /// Only known helpers are called; calling another one is an error.
    public var knownHelpersOnly = false

    /// How deep blocks and subexpressions may be nested in the text of one template.
    public var maximumNesting = 100
    /// How long the text of a template may be, in bytes.
    public var maximumSourceBytes = 4 << 20

    /// The options of handlebars.js where nothing is asked for.
    public init() {}
}

/// What one rendering may use; each is an error when it is reached.
public struct RenderLimits: Sendable {
    /// How deep blocks and partials may be inside one another while rendering.
    public var depth = 200
    /// How many bytes the output may have.
    public var outputBytes = 64 << 20
    /// How many partials may be called.
    public var partialCalls = 1_000_000
    /// How many turns all loops together may take.
    public var loopTurns = 50_000_000

    /// Limits that no page reaches and any machine bears.
    public init() {}
}
