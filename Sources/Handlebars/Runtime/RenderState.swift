import JSON

/// The state of one rendering, which all templates in it share.
final class RenderState {
    let helpers: HelperRegistry
    let partials: PartialLibrary
    let limits: RenderLimits
    let log: LogSink?
    // The properties of the helpers that every tag needs, stored here to avoid copies of the registry.
    let helperFilter: UInt64
    let overridesBuiltIn: Bool
    let hasMissingHook: Bool
    let hasBlockMissingHook: Bool
    private var partialCalls = 0
    private var loopIterations = 0

    init(helpers: HelperRegistry, partials: PartialLibrary, limits: RenderLimits, log: LogSink?) {
        self.helpers = helpers
        self.partials = partials
        self.limits = limits
        self.log = log
        helperFilter = helpers.filter
        overridesBuiltIn = helpers.overridesBuiltIn
        hasMissingHook = helpers.missing != nil
        hasBlockMissingHook = helpers.blockMissing != nil
    }

    /// Counts a partial call, and returns whether the call is within the limit.
    func countPartialCall() -> Bool {
        partialCalls += 1
        return partialCalls <= limits.partialCalls
    }

    /// Counts an iteration of a loop, and returns whether the iteration is within the limit.
    @inline(__always)
    func countIteration() -> Bool {
        loopIterations += 1
        return loopIterations <= limits.loopIterations
    }
}

/// One run of one template: its source for errors, and the inline partials that are visible at the moment.
final class Activation {
    let state: RenderState
    let source: Source
    /// Whether helpers and partials that the template calls get the data variables.
    let usesData: Bool
    var inlines: InlineScope?

    /// - Parameter caller: the run that calls the template as a partial, with which the template shares data variables.
    init(_ state: RenderState, _ template: Template, inlines: InlineScope?, caller: Activation? = nil) {
        self.state = state
        source = template.source
        usesData = template.usesData || caller?.usesData == true
        self.inlines = inlines
    }
}

/// The inline partials of a block; they precede those of enclosing blocks and of callers.
final class InlineScope {
    private var partials: [(name: String, partial: PartialBlock)]
    private let parent: InlineScope?

    init(_ partials: [(name: String, partial: PartialBlock)], parent: InlineScope?) {
        self.partials = partials
        self.parent = parent
    }

    func find(_ name: String) -> PartialBlock? {
        var scope: InlineScope? = self
        while let current = scope {
            // Of a repeated name the last definition is used.
            if let found = current.partials.last(where: { $0.name.hasSameBytes(as: name) }) { return found.partial }
            scope = current.parent
        }
        return nil
    }

    var names: [String] { partials.map(\.name) + (parent?.names ?? []) }
}

/// A block of a template that is called as a partial: an inline partial, or the block of `{{#> partial}}`.
///
/// The block runs in the environment of its text: with the inline partials, parents and block parameters of its template.
final class PartialBlock {
    let program: Program
    let activation: Activation
    let frame: ContextFrame?
    let parameters: ParameterFrame?
    /// The meaning of `@partial-block` inside of the block: for the block of a call, that of the caller.
    let outerBlock: DataFrame.Block

    init(
        _ program: Program, _ activation: Activation, frame: ContextFrame?, parameters: ParameterFrame?,
        outerBlock: DataFrame.Block
    ) {
        self.program = program
        self.activation = activation
        self.frame = frame
        self.parameters = parameters
        self.outerBlock = outerBlock
    }

    /// The block as a value. `{{#if @partial-block}}` calls it without a context and without data variables, and checks
    /// whether its output is empty.
    var function: Function {
        // The function does nothing outside of its own rendering, and a rendering stays on its thread.
        nonisolated(unsafe) let block = self
        return Function { call in
            guard call.scope.activation.state === block.activation.state else { return .undefined }
            var output: [UInt8] = []
            guard block.activation.state.countPartialCall() else {
                throw call.scope.error(
                    .limit, "more than \(block.activation.state.limits.partialCalls) partial calls",
                    at: call.position)
            }
            // The block may call the block of its caller in the same way from its deepest level.
            let scope = try call.scope.deepened(by: block.program.height, at: call.position)
            try block.render(.undefined, data: nil, depth: scope.depth, to: &output)
            return .string(String(rendered: output))
        }
    }

    func render(_ context: Value, data: DataFrame?, depth: Int, to output: inout [UInt8]) throws(TemplateError) {
        var data = data
        switch outerBlock {
        case .inherited: break
        case .none, .some:
            data = DataFrame(parent: data, block: outerBlock)
        }
        var inner = ContextFrame(context, parent: frame)
        if let frame, context.isSame(as: frame.value) { inner = frame }
        let scope = Scope(
            activation: activation, frame: inner, data: data, parameters: parameters, depth: depth,
            base: program.nesting)
        try program.render(scope, outer: frame, to: &output)
    }
}
