/// Renders a view in its layout by the conventions of express-handlebars.
///
/// The view is rendered first, then the layout with the same context and the output of the view as `body`. White space
/// at both ends of the output of view and layout is removed. Both can read their names as `@exphbs.view` and
/// `@exphbs.layout`.
package struct ViewRenderer {
    /// A template with its name.
    package typealias Part = (name: String, template: Template)

    private let view: Template
    private let layout: Template?
    private let helpers: HelperRegistry
    private let partials: PartialLibrary
    private let data: [String: Value]
    private let limits: RenderLimits
    private let log: LogSink?

    package init(
        view: Part, layout: Part?, helpers: HelperRegistry = HelperRegistry(),
        partials: PartialLibrary = PartialLibrary(),
        data: [String: Value] = [:], limits: RenderLimits = RenderLimits(), log: LogSink? = nil
    ) {
        self.view = view.template
        self.layout = layout?.template
        self.helpers = helpers
        self.partials = partials
        let names: Value = ["view": .string(view.name), "layout": layout.map { .string($0.name) } ?? .undefined]
        self.data = data.merging(["exphbs": names]) { $1 }
        self.limits = limits
        self.log = log
    }

    /// Renders view and layout and returns UTF-8.
    ///
    /// - Throws: the errors of `Template.render`.
    package func render(_ context: Value) throws(TemplateError) -> [UInt8] {
        let body = try output(of: view, context)
        guard let layout else { return body }
        // A body may be large. Its bytes are released before the layout is rendered, which has the body as a string,
        // and the output does not grow: the memory never exceeds twice the page.
        let expected = body.count + body.count / 8 + layout.source.bytes.count + 4096
        return try output(of: layout, Self.context(context, body: consume body), expecting: expected)
    }

    private func output(
        of template: Template, _ context: Value, expecting size: Int = 0
    ) throws(TemplateError) -> [UInt8] {
        var output = try template.render(
            context, helpers: helpers, partials: partials, data: data, limits: limits, log: log, expecting: size)
        let kept = JavaScriptWhitespace.trimmed(output, output.indices)
        output.removeSubrange(kept.upperBound...)
        output.removeSubrange(..<kept.lowerBound)
        return output
    }

    private static func context(_ context: Value, body: consuming [UInt8]) -> Value {
        var object = Object()
        if case .object(let fields) = context { object = fields }
        object["body"] = .string(String(rendered: body))
        return .object(object)
    }
}
