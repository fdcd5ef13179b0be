/// A function that templates can call.
///
/// What it returns is escaped by `{{ }}` unless it is a `safeString`; what a block helper returns is not.
/// Whatever it throws becomes a `TemplateError` at the place of the call.
public typealias Helper = @Sendable (HelperCall) throws -> Value

/// One call of a helper: its arguments, its context and its blocks. It means nothing after the helper has returned.
public struct HelperCall {
    /// The name it was called by.
    public let name: String
    /// The positional arguments.
    public let arguments: [Value]
    /// The `name=value` arguments.
    public let hash: Object
    /// Whether it is called as a block, `{{#name}}…{{/name}}`.
    public let isBlock: Bool

    let scope: Scope
    let program: Program?
    let inverseProgram: Program?
    let position: Int
    /// Whether it is the hook of plain sections, which gets a missing context as it is: handlebars.js calls it with
    /// `depth0`, and everything else with an empty object in its place.
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
    /// The context it was called in, `this` in handlebars.js; an empty object when there is none.
    public var context: Value { isSectionHook ? scope.context : scope.helperContext }

    /// How many parameters its block declares, `as |item index|`.
    public var blockParameterCount: Int { program?.blockParameterCount ?? 0 }

    /// The positional argument at an index, undefined when there are fewer.
    public subscript(index: Int) -> Value {
        arguments.indices.contains(index) ? arguments[index] : .undefined
    }

    /// A `name=value` argument, undefined when it was not given.
    public subscript(name: String) -> Value {
        hash[name] ?? .undefined
    }

    /// A data variable: `data("index")` is `@index`.
    public func data(_ name: String) -> Value {
        scope.activation.usesData ? scope.data?.value(of: DataName(FieldName(name))) ?? .undefined : .undefined
    }

    /// Renders the block, and gives what it printed; nothing when it was not called as a block.
    ///
    /// - Parameters:
    ///   - context: the context in the block, that of the call if `nil`.
    ///   - data: data variables for the block, besides those around it.
    ///   - blockParameters: the values for `as |…|`.
    /// - Throws: whatever fails in the block.
    public func fn(
        _ context: Value? = nil, data: [String: Value] = [:], blockParameters: [Value] = []
    ) throws(TemplateError) -> String {
        try render(program, context, data, blockParameters)
    }

    /// Renders the `{{else}}` part, as `fn` does the block.
    public func inverse(
        _ context: Value? = nil, data: [String: Value] = [:], blockParameters: [Value] = []
    ) throws(TemplateError) -> String {
        try render(inverseProgram, context, data, blockParameters)
    }

    /// An error at the place of the call.
    public func error(_ message: String, hint: String? = nil) -> TemplateError {
        scope.error(.helper, message, hint: hint, at: position)
    }

    /// The arguments, if there are as many.
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
    /// Calls a helper, with whatever it throws turned into an error at this place.
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
        // Helpers that call their blocks twice, inside one another, double the work at each level.
        guard scope.activation.rendering.countLoopTurn() else {
            throw scope.error(
                .limit, "more than \(scope.activation.rendering.limits.loopTurns) turns of loops", at: position)
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
        let limit = scope.activation.rendering.limits.outputBytes
        guard output.count <= limit else {
            throw scope.error(.limit, "more than \(limit) bytes of output", at: position)
        }
        return String(rendered: output)
    }
}

/// Helpers by name.
///
/// A helper named as a built-in one (`if`, `each` …) takes its place. Two names are hooks and cannot be called
/// from a template: `helperMissing` answers for names that nothing else has, `blockHelperMissing` decides what a
/// plain section does.
public struct HelperRegistry: Sendable, ExpressibleByDictionaryLiteral {
    /// As objects: a closure that is put into a dictionary and taken out again is wrapped each time, and then
    /// called through all the wrappers.
    private var helpers: [String: Function] = [:]
    /// A bit for each helper's hash: most fields of a page are told from helpers by this alone.
    private(set) var filter: UInt64 = 0
    private(set) var overridesBuiltIn = false
    private(set) var missing: Helper?
    private(set) var blockMissing: Helper?

    /// No helpers but the built-in ones.
    public init() {}

    /// Registers the helpers in order.
    public init(dictionaryLiteral elements: (String, Helper)...) {
        for (name, helper) in elements { register(name, helper) }
    }

    /// Adds a helper, in the place of one of the same name.
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

    /// These helpers and others, whose own win.
    public func merging(_ other: HelperRegistry) -> HelperRegistry {
        var merged = self
        for (name, helper) in other.helpers { merged.add(name, helper) }
        if let hook = other.missing { merged.missing = hook }
        if let hook = other.blockMissing { merged.blockMissing = hook }
        return merged
    }

    /// The names of the registered helpers, in no order.
    public var names: [String] { Array(helpers.keys) }

    func find(_ key: FieldName) -> Helper? {
        filter & key.filterBit != 0 ? helpers[key.text]?.body : nil
    }
}
