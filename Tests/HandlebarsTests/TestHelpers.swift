import Foundation
import Handlebars
import Testing

/// Compiles and renders a template.
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

/// The error of a template; `nil` when it renders.
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

/// A template with its data and the expected output.
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

/// A directory that is removed when its last reference is released.
final class TemporaryFolder {
    private let url: URL

    var path: String { url.path }

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "handlebars-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    func write(_ name: String, _ text: String) throws {
        let file = url.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// Creates a symbolic link; the destination may be relative.
    func link(_ name: String, to destination: String) throws {
        let file = url.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: destination)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(at: url.appending(path: name))
    }
}
