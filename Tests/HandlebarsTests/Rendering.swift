import Handlebars
import Testing

/// Compiles and renders in one go.
func render(
    _ template: String, _ context: Value = [:], helpers: HelperRegistry = [:], partials: [String: String] = [:],
    data: [String: Value] = [:], limits: RenderLimits = RenderLimits(),
    _ configure: (inout TemplateOptions) -> Void = { _ in }
) throws(TemplateError) -> String {
    var options = TemplateOptions()
    configure(&options)
    var library = PartialLibrary()
    for (name, source) in partials { library.add(name, source: source, options: options) }
    let output = try Template(template, name: "test", options: options)
        .render(context, helpers: helpers, partials: library, data: data, limits: limits)
    return String(decoding: output, as: UTF8.self)
}

/// The error that a template gives, or nothing.
func failure(
    _ template: String, _ context: Value = [:], helpers: HelperRegistry = [:], partials: [String: String] = [:],
    limits: RenderLimits = RenderLimits(), _ configure: (inout TemplateOptions) -> Void = { _ in }
) -> TemplateError? {
    do throws(TemplateError) {
        _ = try render(template, context, helpers: helpers, partials: partials, limits: limits, configure)
        return nil
    } catch {
        return error
    }
}

/// One row of a table: a template, its data and what it prints.
struct Row: Sendable, CustomTestStringConvertible {
    let template: String
    let context: Value
    let output: String

    init(_ template: String, _ context: Value, _ output: String) {
        self.template = template
        self.context = context
        self.output = output
    }

    var testDescription: String { template }
}
