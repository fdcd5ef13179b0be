/// A compiled template, or a block of one: a list of statements that append to the output.
final class Program: Sendable {
    let statements: [any Statement]
    /// The inline partials that the block defines; they are visible in the whole block.
    let inlines: [InlineDefinition]
    let blockParameterCount: Int
    /// The depth of the block in the text of its template, 1 for the template itself.
    let nesting: Int
    /// The number of levels of blocks in the block.
    let height: Int
    /// The error of an unknown decorator in the block. Decorators run when a block is set up, before it is rendered.
    let setupFailure: FailingStatement?

    init(
        _ statements: [any Statement], inlines: [InlineDefinition], blockParameterCount: Int, nesting: Int,
        height: Int = 0, setupFailure: FailingStatement? = nil
    ) {
        self.nesting = nesting
        self.height = height
        self.setupFailure = setupFailure
        self.statements = statements
        self.inlines = inlines
        self.blockParameterCount = blockParameterCount
    }

    /// - Parameter outer: the context outside of the block, which is the parent context of its inline partials.
    func render(_ scope: borrowing Scope, outer: ContextFrame?, to output: inout [UInt8]) throws(TemplateError) {
        if blockParameterCount > 0, scope.parameters?.program !== self {
            // The helper passes no parameters: they are undefined, and still count as a level.
            var inner = copy scope
            inner.parameters = ParameterFrame(of: self, [], parent: scope.parameters)
            return try render(inner, outer: outer, to: &output)
        }
        guard inlines.isEmpty else { return try renderWithInlines(scope, outer: outer, to: &output) }
        // A span borrows each statement; iterating an array would retain it.
        let statements = statements
        let span = statements.span
        for index in span.indices { try span[index].render(scope, to: &output) }
    }

    private func renderWithInlines(
        _ scope: borrowing Scope, outer: ContextFrame?, to output: inout [UInt8]
    ) throws(TemplateError) {
        let activation = scope.activation
        let original = activation.inlines
        activation.inlines = try inlineScope(in: scope, outer: outer, parent: original)
        defer { activation.inlines = original }
        for statement in statements { try statement.render(scope, to: &output) }
    }

    func inlineScope(
        in scope: borrowing Scope, outer: ContextFrame?, parent: InlineScope?
    ) throws(TemplateError) -> InlineScope {
        var partials: [(name: String, partial: PartialBlock)] = []
        for inline in inlines {
            let partial = PartialBlock(
                inline.program, scope.activation, frame: outer, parameters: scope.parameters, outerBlock: .inherited)
            partials.append((try inline.name.evaluate(scope).text, partial))
        }
        return InlineScope(partials, parent: parent)
    }
}

/// `{{#*inline "name"}}…{{/inline}}`
struct InlineDefinition: Sendable {
    let name: any Expression
    let program: Program
}

/// A part of a program that appends to the output.
protocol Statement: AnyObject, Sendable {
    func render(_ scope: borrowing Scope, to output: inout [UInt8]) throws(TemplateError)
}

/// A part of a program that has a value.
protocol Expression: AnyObject, Sendable {
    func evaluate(_ scope: borrowing Scope) throws(TemplateError) -> Value
}
