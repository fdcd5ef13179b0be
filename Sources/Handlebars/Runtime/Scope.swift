/// Where an expression is evaluated: the context and its parents, the `@data`, the block parameters.
///
/// Handed down by reference; a block that changes none of it hands on the one it got.
struct Scope {
    let activation: Activation
    var frame: ContextFrame
    /// `nil` in a partial that was called without the option `data`: no `@name` has a value there.
    var data: DataFrame?
    var parameters: ParameterFrame?
    /// How deep this is inside blocks and partials, which bounds the stack.
    var depth: Int
    /// How deep in the text of its template the block starts from which `depth` goes on.
    let base: Int

    var context: Value { frame.value }

    /// What a helper sees as its context.
    var helperContext: Value {
        let context = frame.value
        return context.isNullish ? .nullContext : context
    }

    /// The same place with another context, which is a new level of `..` unless it is the same context.
    func entering(_ context: Value) -> Scope {
        if context.isSame(as: frame.value) { return self }
        var scope = self
        scope.frame = ContextFrame(context, parent: frame)
        return scope
    }

    func error(_ code: TemplateError.Code, _ message: String, hint: String? = nil, at position: Int) -> TemplateError {
        activation.source.error(code, message, hint: hint, at: position)
    }

    /// The scope of a block or partial that starts here, `nesting` levels inside the one before.
    func deepened(by nesting: Int, at position: Int) throws(TemplateError) -> Scope {
        let limit = activation.rendering.limits.depth
        guard depth + nesting + 1 <= limit else {
            throw error(
                .limit, "blocks and partials are nested more than \(limit) deep while rendering",
                hint: "does a partial call itself without end?", at: position)
        }
        var scope = self
        scope.depth = depth + nesting + 1
        return scope
    }
}

/// A level of `..`. A loop has one and changes its value.
final class ContextFrame {
    var value: Value
    let parent: ContextFrame?

    init(_ value: Value, parent: ContextFrame?) {
        self.value = value
        self.parent = parent
    }
}

/// The values of the parameters of a block, `as |item index|`.
final class ParameterFrame {
    let program: Program
    var values: [Value]
    let parent: ParameterFrame?

    init(of program: Program, _ values: [Value], parent: ParameterFrame?) {
        self.program = program
        self.values = values
        self.parent = parent
    }
}
