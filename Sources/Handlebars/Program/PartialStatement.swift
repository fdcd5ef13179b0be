/// `{{> name context key=value}}`, and `{{#> name}}…{{/name}}` with its block.
final class PartialStatement: Statement {
    enum Name: Sendable {
        case fixed(String)
        case worked(out: any Expression)
        /// `{{> @partial-block}}`
        case block
    }

    private let name: Name
    private let context: (any Expression)?
    private let hash: HashArguments
    private let block: Program?
    private let indent: [UInt8]
    /// How deep in the text of its template the call is.
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
        let rendering = scope.activation.rendering
        guard rendering.countPartialCall(), output.count <= rendering.limits.outputBytes else {
            throw scope.error(
                .limit,
                "more than \(rendering.limits.partialCalls) partial calls or \(rendering.limits.outputBytes) bytes of output",
                at: position)
        }
        var called = try scope.deepened(by: nesting - scope.base, at: position)
        if !scope.activation.usesData { called.data = nil }
        let target = try resolve(called)
        let start = output.count
        do {
            try run(target, called, to: &output)
        } catch {
            throw told(error, scope)
        }
        guard !indent.isEmpty else { return }
        guard Indentation.indent(&output, from: start, by: indent, limit: rendering.limits.outputBytes) else {
            throw scope.error(
                .limit,
                "more than \(rendering.limits.outputBytes) bytes of output with the indentation of this partial",
                at: position)
        }
    }

    private enum Target {
        case template(Template)
        case block(PartialBlock)
        /// The partial is missing, and the block of the call is what it would have been given.
        case ownBlock
    }

    private func resolve(_ scope: borrowing Scope) throws(TemplateError) -> Target {
        let name: String
        switch self.name {
        case .block:
            guard let data = scope.data else {
                throw scope.error(
                    .missingPartial, "The partial @partial-block could not be found", hint: "it needs the option data",
                    at: position)
            }
            if let block = data.partialBlock { return .block(block) }
            name = "@partial-block"
        case .fixed(let text): name = text
        case .worked(let expression):
            let value = try expression.evaluate(scope)
            name = value.isFalsy ? "undefined" : value.text
        }
        if let inline = scope.activation.inlines?.find(name) { return .block(inline) }
        if let partial = scope.activation.rendering.partials.find(name) {
            return .template(try template(partial, scope))
        }
        guard block == nil else { return .ownBlock }
        let known = scope.activation.rendering.partials.names + (scope.activation.inlines?.names ?? [])
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
            throw told(error, scope)
        }
    }

    /// An error in what is called, with the place of this call.
    private func told(_ error: TemplateError, _ scope: borrowing Scope) -> TemplateError {
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
        let activation = Activation(scope.activation.rendering, template, inlines: inlines, caller: scope.activation)
        var frame = ContextFrame(context, parent: isCompat ? scope.frame : nil)
        if isCompat, context.isSame(as: scope.frame.value) { frame = scope.frame }
        let inner = Scope(
            activation: activation, frame: frame, data: data, parameters: nil, depth: scope.depth, base: 0)
        try template.program.render(inner, outer: nil, to: &output)
    }

    /// The context of the call, merged with the hash into a new object, also where the hash has only a literal
    /// `undefined`.
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
            // As Object.assign does: a field for each UTF-16 unit.
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

/// The indentation of a partial which is alone on its line.
enum Indentation {
    /// Puts `indent` before each line of what was appended since `start`, but not after a final line break.
    ///
    /// - Returns: false, with nothing done, when the output would grow beyond the limit.
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
