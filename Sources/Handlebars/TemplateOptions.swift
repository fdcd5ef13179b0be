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
