/// A compiled template, or a block of one: statements that append to the output.
final class Program: Sendable {
    let statements: [any Statement]
    /// The inline partials it defines for itself, wherever in it they are written.
    let inlines: [InlineDefinition]
    let blockParameterCount: Int
    /// How deep in the text of its template it is, 1 for the template itself.
    let nesting: Int
    /// How many levels of blocks are in it.
    let height: Int
    /// What it fails with when it is set up, which is before it is rendered: an unknown decorator in it.
    let refusal: FailingStatement?

    init(
        _ statements: [any Statement], inlines: [InlineDefinition], blockParameterCount: Int, nesting: Int,
        height: Int = 0, refusal: FailingStatement? = nil
    ) {
        self.nesting = nesting
        self.height = height
        self.refusal = refusal
        self.statements = statements
        self.inlines = inlines
        self.blockParameterCount = blockParameterCount
    }

    /// - Parameter outer: the context around the block, which its inline partials have for a parent.
    func render(_ scope: borrowing Scope, outer: ContextFrame?, to output: inout [UInt8]) throws(TemplateError) {
        if blockParameterCount > 0, scope.parameters?.program !== self {
            // Whoever runs the block gives no parameters: they are undefined, and count as a level all the same.
            var inner = copy scope
            inner.parameters = ParameterFrame(of: self, [], parent: scope.parameters)
            return try render(inner, outer: outer, to: &output)
        }
        guard inlines.isEmpty else { return try renderWithInlines(scope, outer: outer, to: &output) }
        // A span lends each statement, where iterating would retain it.
        let statements = statements
        let span = statements.span
        for place in span.indices { try span[place].render(scope, to: &output) }
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

/// Something that appends to the output.
protocol Statement: AnyObject, Sendable {
    func render(_ scope: borrowing Scope, to output: inout [UInt8]) throws(TemplateError)
}

/// Something that has a value.
protocol Expression: AnyObject, Sendable {
    func evaluate(_ scope: borrowing Scope) throws(TemplateError) -> Value
}
