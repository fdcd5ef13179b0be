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
