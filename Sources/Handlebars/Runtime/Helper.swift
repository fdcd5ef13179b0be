/// A function that templates can call.
///
/// `{{ }}` escapes the returned value unless the value is a ``Value/safeString(_:)``; the value of a block helper is
/// never escaped. An error that the helper throws becomes a ``TemplateError`` at the location of the call.
public typealias Helper = @Sendable (HelperCall) throws -> Value

/// A call of a helper: its arguments, its context and its blocks. Only valid until the helper returns.
public struct HelperCall {
    /// The name in the call.
    public let name: String
    /// The positional arguments.
    public let arguments: [Value]
    /// The `name=value` arguments.
    public let hash: Object
    /// Whether the helper is called as a block, `{{#name}}…{{/name}}`.
    public let isBlock: Bool

    let scope: Scope
    let program: Program?
    let inverseProgram: Program?
    let position: Int
    /// Whether this is a call of the hook of plain sections. The hook gets a missing context unchanged, because
    /// handlebars.js passes `depth0`; other helpers get an empty object instead.
    private let isSectionHook: Bool

    init(
        name: String, arguments: [Value], hash: Object, scope: borrowing Scope, fn: Program?, inverse: Program?,
        isBlock: Bool, position: Int, isSectionHook: Bool = false
    ) {
        self.isSectionHook = isSectionHook
        self.name = name
        self.arguments = arguments
        self.hash = hash
        self.isBlock = isBlock
        self.scope = copy scope
        program = fn
        inverseProgram = inverse
        self.position = position
    }

    /// A call without arguments.
    init(
        plain name: String, scope: borrowing Scope, position: Int, fn: Program? = nil, inverse: Program? = nil,
        isBlock: Bool = false
    ) {
        self.init(
            name: name, arguments: [], hash: Object.empty, scope: scope, fn: fn, inverse: inverse, isBlock: isBlock,
            position: position)
    }
}

extension HelperCall {
    /// The context of the call, `this` in handlebars.js; an empty object when there is no context.
    public var context: Value { isSectionHook ? scope.context : scope.helperContext }

    /// The number of parameters that the block declares, `as |item index|`.
    public var blockParameterCount: Int { program?.blockParameterCount ?? 0 }

    /// The positional argument at an index; undefined when there are fewer arguments.
    public subscript(index: Int) -> Value {
        arguments.indices.contains(index) ? arguments[index] : .undefined
    }

    /// A `name=value` argument; undefined when the call does not have it.
    public subscript(name: String) -> Value {
        hash[name] ?? .undefined
    }

    /// A data variable: `data("index")` is `@index`.
    public func data(_ name: String) -> Value {
        scope.activation.usesData ? scope.data?.value(of: DataName(FieldName(name))) ?? .undefined : .undefined
    }

    /// Renders the block and returns its output; an empty string when the helper is not called as a block.
    ///
    /// - Parameters:
    ///   - context: the context in the block; `nil` for the context of the call.
    ///   - data: data variables for the block, in addition to those outside of it.
    ///   - blockParameters: the values for `as |…|`.
    /// - Throws: errors in the block, and `.limit` when a limit is exceeded.
    public func fn(
        _ context: Value? = nil, data: [String: Value] = [:], blockParameters: [Value] = []
    ) throws(TemplateError) -> String {
        try render(program, context, data, blockParameters)
    }

    /// Renders the `{{else}}` part and returns its output; an empty string without such a part.
    ///
    /// Parameters and errors are those of ``fn(_:data:blockParameters:)``.
    public func inverse(
        _ context: Value? = nil, data: [String: Value] = [:], blockParameters: [Value] = []
    ) throws(TemplateError) -> String {
        try render(inverseProgram, context, data, blockParameters)
    }

    /// An error with the code `.helper` at the location of the call.
    public func error(_ message: String, hint: String? = nil) -> TemplateError {
        scope.error(.helper, message, hint: hint, at: position)
    }

    /// The positional arguments.
    ///
    /// - Throws: `.helper` when their number is not `count`.
    public func arguments(exactly count: Int) throws(TemplateError) -> [Value] {
        guard arguments.count == count else {
            throw error(
                "#\(name) requires exactly \(count == 1 ? "one argument" : "\(count) arguments")",
                hint: isBlock && count == 1 ? "write {{#\(name) value}}" : nil)
        }
        return arguments
    }
}

extension HelperCall {
    /// Calls a helper; an error that it throws becomes an error at the location of the call.
    func run(_ helper: Helper) throws(TemplateError) -> Value {
        do {
            return try helper(self)
        } catch let error as TemplateError {
            throw error
        } catch {
            throw self.error("helper \"\(name)\" failed: \(error)")
        }
    }

    private func render(
        _ program: Program?, _ context: Value?, _ variables: [String: Value], _ blockParameters: [Value]
    ) throws(TemplateError) -> String {
        guard let program else { return "" }
        // Nested helpers that render their blocks twice double the work at each level.
        guard scope.activation.state.countIteration() else {
            throw scope.error(
                .limit, "more than \(scope.activation.state.limits.loopIterations) loop iterations", at: position)
        }
        var inner = isSectionHook ? scope : scope.enteringOwnContext()
        if let context { inner = scope.entering(context) }
        inner = try inner.deepened(by: 0, at: position)
        if !variables.isEmpty {
            inner.data = DataFrame(parent: scope.data, variables: variables.map { (FieldName($0.key), $0.value) })
        }
        if program.blockParameterCount > 0 {
            inner.parameters = ParameterFrame(of: program, blockParameters, parent: scope.parameters)
        }
        var output: [UInt8] = []
        try program.render(inner, outer: scope.frame, to: &output)
        let limit = scope.activation.state.limits.outputBytes
        guard output.count <= limit else {
            throw scope.error(.limit, "more than \(limit) bytes of output", at: position)
        }
        return String(rendered: output)
    }
}

/// Helpers by their names.
///
/// A helper with the name of a built-in one (`if`, `each` …) replaces it. Two names are hooks that templates cannot
/// call: `helperMissing` is called for unknown names, and `blockHelperMissing` renders plain sections, `{{#name}}`.
public struct HelperRegistry: Sendable, ExpressibleByDictionaryLiteral {
    /// The helpers as objects, because a closure is wrapped each time that it is stored in a dictionary and read again.
    private var helpers: [String: Function] = [:]
    /// A bit for the hash of each helper, which distinguishes most fields of a page from helpers without a lookup.
    private(set) var filter: UInt64 = 0
    private(set) var overridesBuiltIn = false
    private(set) var missing: Helper?
    private(set) var blockMissing: Helper?

    /// Creates a registry without helpers; the built-in ones always exist.
    public init() {}

    /// Registers helpers in order; of a repeated name the last one is used.
    public init(dictionaryLiteral elements: (String, Helper)...) {
        for (name, helper) in elements { register(name, helper) }
    }

    /// Adds a helper; it replaces a helper of the same name.
    public mutating func register(_ name: String, _ helper: @escaping Helper) {
        switch name {
        case "helperMissing": missing = helper
        case "blockHelperMissing": blockMissing = helper
        default: add(name, Function(helper))
        }
    }

    private mutating func add(_ name: String, _ helper: Function) {
        helpers[name] = helper
        filter |= FieldName.filterBit(of: FieldName.hash(of: name))
        if BuiltIn.names.contains(name) { overridesBuiltIn = true }
    }

    /// The helpers of both registries; those of `other` replace helpers of the same name.
    public func merging(_ other: HelperRegistry) -> HelperRegistry {
        var merged = self
        for (name, helper) in other.helpers { merged.add(name, helper) }
        if let hook = other.missing { merged.missing = hook }
        if let hook = other.blockMissing { merged.blockMissing = hook }
        return merged
    }

    /// The names of the registered helpers, without hooks, in no particular order.
    public var names: [String] { Array(helpers.keys) }

    func find(_ key: FieldName) -> Helper? {
        filter & key.filterBit != 0 ? helpers[key.text]?.body : nil
    }
}
