/// One rendering: what all the templates in it share.
final class Rendering {
    let helpers: HelperRegistry
    let partials: PartialLibrary
    let limits: RenderLimits
    let log: LogSink?
    // What every tag asks of the helpers, so that it need not copy them.
    let helperFilter: UInt64
    let overridesBuiltIn: Bool
    let hasMissingHook: Bool
    let hasBlockMissingHook: Bool
    private var partialCalls = 0
    private var loopTurns = 0

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

    /// Counts a partial call, and says whether there may be another one.
    func countPartialCall() -> Bool {
        partialCalls += 1
        return partialCalls <= limits.partialCalls
    }

    /// Counts a turn of a loop, and says whether there may be another one.
    @inline(__always)
    func countLoopTurn() -> Bool {
        loopTurns += 1
        return loopTurns <= limits.loopTurns
    }
}

/// One run of one template: its source for errors, and the inline partials which are visible in it now.
final class Activation {
    let rendering: Rendering
    let source: Source
    /// Whether helpers and partials called from it are told the data variables.
    let usesData: Bool
    var inlines: InlineScope?

    /// - Parameter caller: the run that calls the template as a partial, whose data it shares.
    init(_ rendering: Rendering, _ template: Template, inlines: InlineScope?, caller: Activation? = nil) {
        self.rendering = rendering
        source = template.source
        usesData = template.usesData || caller?.usesData == true
        self.inlines = inlines
    }
}

/// The inline partials of a block, before those of the blocks and callers around it.
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
            // A repeated name: the last definition counts.
            if let found = current.partials.last(where: { $0.name == name }) { return found.partial }
            scope = current.parent
        }
        return nil
    }

    var names: [String] { partials.map(\.name) + (parent?.names ?? []) }
}

/// A block of a template that is called as a partial: an inline partial, or the block of `{{#> partial}}`.
///
/// It runs where it was written: with that template's inline partials, parents and block parameters.
final class PartialBlock {
    let program: Program
    let activation: Activation
    let frame: ContextFrame?
    let parameters: ParameterFrame?
    /// What `@partial-block` means inside: for the block of a call, the caller's own one.
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

    /// The block as a value: `{{#if @partial-block}}` calls it, without a context and without data, and asks
    /// whether it printed anything.
    var function: Function {
        // It is called in the rendering it belongs to or not at all, and a rendering stays on its thread.
        nonisolated(unsafe) let block = self
        return Function { call in
            guard call.scope.activation.rendering === block.activation.rendering else { return .undefined }
            var output: [UInt8] = []
            guard block.activation.rendering.countPartialCall() else {
                throw call.scope.error(
                    .limit, "more than \(block.activation.rendering.limits.partialCalls) partial calls",
                    at: call.position)
            }
            // It may call the block of its caller in the same way, from as deep in itself as it goes.
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
