import JSON

/// `{{> name context key=value}}`, and `{{#> name}}…{{/name}}` with its block.
final class PartialStatement: Statement {
    enum Name: Sendable {
        case fixed(String)
        case computed(any Expression)
        /// `{{> @partial-block}}`
        case block
    }

    private let name: Name
    private let context: (any Expression)?
    private let hash: HashArguments
    private let block: Program?
    private let indent: [UInt8]
    /// The depth of the call in the text of its template.
    private let nesting: Int
    private let isCompat: Bool
    private let position: Int

    init(
        _ name: Name, context: (any Expression)?, hash: HashArguments, block: Program?, indent: [UInt8], nesting: Int,
        isCompat: Bool, position: Int
    ) {
        self.name = name
        self.context = context
        self.hash = hash
        self.block = block
        self.indent = indent
        self.nesting = nesting
        self.isCompat = isCompat
        self.position = position
    }

    func render(_ scope: borrowing Scope, to output: inout [UInt8]) throws(TemplateError) {
        let state = scope.activation.state
        guard state.countPartialCall(), output.count <= state.limits.outputBytes else {
            throw scope.error(
                .limit,
                "more than \(state.limits.partialCalls) partial calls or \(state.limits.outputBytes) bytes of output",
                at: position)
        }
        var called = try scope.deepened(by: nesting - scope.base, at: position)
        if !scope.activation.usesData { called.data = nil }
        let target = try resolve(called)
        let start = output.count
        do {
            try run(target, called, to: &output)
        } catch {
            throw withCall(error, scope)
        }
        guard !indent.isEmpty else { return }
        guard Indentation.indent(&output, from: start, by: indent, limit: state.limits.outputBytes) else {
            throw scope.error(
                .limit,
                "more than \(state.limits.outputBytes) bytes of output with the indentation of this partial",
                at: position)
        }
    }

    private enum Target {
        case template(Template)
        case block(PartialBlock)
        /// The partial is missing, and the block of the call is rendered instead.
        case ownBlock
    }

    private func resolve(_ scope: borrowing Scope) throws(TemplateError) -> Target {
        let name: String
        switch self.name {
        case .block:
            guard let data = scope.data else {
                throw scope.error(
                    .missingPartial, "The partial @partial-block could not be found", hint: "set the option data",
                    at: position)
            }
            if let block = data.partialBlock { return .block(block) }
            name = "@partial-block"
        case .fixed(let text): name = text
        case .computed(let expression):
            let value = try expression.evaluate(scope)
            name = value.isFalsy ? "undefined" : value.text
        }
        if let inline = scope.activation.inlines?.find(name) { return .block(inline) }
        if let partial = scope.activation.state.partials.find(name) {
            return .template(try template(partial, scope))
        }
        guard block == nil else { return .ownBlock }
        let known = scope.activation.state.partials.names + (scope.activation.inlines?.names ?? [])
        throw scope.error(
            .missingPartial, "The partial \(name) could not be found", hint: Suggestion.hint(for: name, among: known),
            at: position)
    }

    private func template(
        _ partial: Result<Template, TemplateError>, _ scope: borrowing Scope
    ) throws(TemplateError) -> Template {
        do {
            return try partial.get()
        } catch {
            throw withCall(error, scope)
        }
    }

    /// An error in the called template, with the location of this call.
    private func withCall(_ error: TemplateError, _ scope: borrowing Scope) -> TemplateError {
        guard error.callers.count < TemplateError.maximumCallers else { return error }
        return error.called(from: scope.activation.source.location(of: position))
    }

    private func run(_ target: Target, _ scope: borrowing Scope, to output: inout [UInt8]) throws(TemplateError) {
        let context = try partialContext(scope)
        var data = scope.data
        var inlines = scope.activation.inlines
        var own: PartialBlock?
        if let block {
            let outerBlock = scope.data?.partialBlock.map(DataFrame.Block.some) ?? .none
            let partialBlock = PartialBlock(
                block, scope.activation, frame: scope.frame, parameters: scope.parameters, outerBlock: outerBlock)
            own = partialBlock
            data = DataFrame(parent: data, block: .some(partialBlock))
            if !block.inlines.isEmpty {
                inlines = try block.inlineScope(in: scope, outer: scope.frame, parent: inlines)
            }
        }
        switch target {
        case .template(let template):
            try render(template, context, scope, data: data, inlines: inlines, to: &output)
        case .block(let block): try block.render(context, data: data, depth: scope.depth, to: &output)
        case .ownBlock: try own?.render(context, data: data, depth: scope.depth, to: &output)
        }
    }

    private func render(
        _ template: Template, _ context: Value, _ scope: borrowing Scope, data: DataFrame?, inlines: InlineScope?,
        to output: inout [UInt8]
    ) throws(TemplateError) {
        let activation = Activation(scope.activation.state, template, inlines: inlines, caller: scope.activation)
        var frame = ContextFrame(context, parent: isCompat ? scope.frame : nil)
        if isCompat, context.isSame(as: scope.frame.value) { frame = scope.frame }
        let inner = Scope(
            activation: activation, frame: frame, data: data, parameters: nil, depth: scope.depth, base: 0)
        try template.program.render(inner, outer: nil, to: &output)
    }

    /// The context of the call. With `name=value` arguments, also when the only one is a literal `undefined`, the context
    /// is merged with them into a new object.
    private func partialContext(_ scope: borrowing Scope) throws(TemplateError) -> Value {
        let base = try context?.evaluate(scope) ?? scope.frame.value
        guard !hash.isEmpty else { return base }
        let hash = try hash.evaluate(scope)
        switch base {
        case .object(let object): return .object(hash.isEmpty ? Object(copying: object) : object.merging(hash))
        case .array(let items):
            var object = Object(minimumCapacity: items.count)
            for (index, item) in items.enumerated() { object[String(index)] = item }
            return .object(object.merging(hash))
        case .string(let text):
            // A field for each UTF-16 code unit, as Object.assign does.
            var object = Object()
            for (index, unit) in text.utf16.enumerated() {
                object[String(index)] = .string(String(decoding: CollectionOfOne(unit), as: UTF16.self))
            }
            return .object(object.merging(hash))
        case .safeString(let text):
            // In handlebars.js a SafeString is an object with the field `string`.
            let object: Object = ["string": .string(text)]
            return .object(object.merging(hash))
        default: return .object(hash.isEmpty ? Object() : hash)
        }
    }
}

/// The indentation of a partial that stands alone on its line.
enum Indentation {
    /// Inserts `indent` before each line of the output from `start` on, but not after a final line break.
    ///
    /// - Returns: false, without a change, when the output would exceed the limit.
    static func indent(_ output: inout [UInt8], from start: Int, by indent: [UInt8], limit: Int) -> Bool {
        guard output.count > start else { return true }
        let lines = output[start..<(output.count - 1)].count { $0 == UInt8(ascii: "\n") } + 1
        let (growth, overflows) = lines.multipliedReportingOverflow(by: indent.count)
        guard !overflows, output.count + growth <= limit else { return false }
        let text = Array(output[start...])
        output.removeSubrange(start...)
        output.reserveCapacity(start + text.count + growth)
        var line = text.startIndex
        while line < text.endIndex {
            let end = text[line...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? text.endIndex
            output.append(contentsOf: indent)
            output.append(contentsOf: text[line..<end])
            line = end
        }
        return true
    }
}
