import Foundation
import Handlebars
import JSON
import Testing

/// The public conformance corpus: classes A (pure) and B (with the helpers of its table) of kind `render`.
///
/// Read from `../shared` beside the root of the package; skipped when the files do not exist.
@Suite("The Handlebars corpus", .enabled(if: Corpus.isPresent))
struct CorpusTests {
    /// Cases that do not pass yet, each with a reason. A case that passes fails the suite until it is removed here.
    static let knownGaps: [String: String] = [:]

    static let classes: Set = ["A", "B"]

    @Test("a case renders, or fails, as handlebars.js 4.7 does", arguments: Corpus.cases)
    func agrees(_ item: CorpusCase) throws {
        try #require(
            Self.classes.contains(item.category) && item.kind == "render", "no runner for class \(item.category)")
        let failure = item.failure()
        if let reason = Self.knownGaps[item.id] {
            #expect(failure != nil, "\(item.id) passes now; remove it from the known gaps (\(reason))")
        } else {
            #expect(failure == nil, "\(failure ?? "")")
        }
    }

    @Test("every known gap names a case")
    func gapsExist() {
        let ids = Set(Corpus.cases.map(\.id))
        #expect(Self.knownGaps.keys.filter { !ids.contains($0) }.isEmpty)
    }
}

/// A case of the public corpus, as its file describes it.
struct CorpusCase: Sendable, CustomTestStringConvertible {
    let id: String
    let kind: String
    let category: String
    let template: String
    let record: JSONValue

    var testDescription: String { id }

    var data: Value { record["data"].map(Value.init(json:)) ?? .undefined }
    var privateData: [String: Value] { (record["privateData"]?.object).map(Corpus.values) ?? [:] }
    var expected: String? { record["expected"]?.string }
    var mustFail: Bool { record["error"]?.bool == true }

    var options: TemplateOptions {
        var options = TemplateOptions()
        let record = record["options"]
        func flag(_ name: String) -> Bool { record?[name]?.bool == true }
        options.compat = flag("compat")
        options.strict = flag("strict")
        options.assumeObjects = flag("assumeObjects")
        options.noEscape = flag("noEscape")
        options.preventIndent = flag("preventIndent")
        options.ignoreStandalone = flag("ignoreStandalone")
        options.explicitPartialContext = flag("explicitPartialContext")
        options.data = record?["data"]?.bool != false
        options.knownHelpersOnly = flag("knownHelpersOnly")
        if let known = record?["knownHelpers"]?.object { options.knownHelpers = Set(known.keys) }
        return options
    }

    var partials: PartialLibrary {
        var library = PartialLibrary()
        for (name, source) in record["partials"]?.object?.entries ?? [] {
            library.add(name, source: source.string ?? "", options: options)
        }
        return library
    }

    /// - Throws: `UnknownHelper` for a helper without a port to Swift.
    func helpers() throws -> HelperRegistry {
        var registry = HelperRegistry()
        for (name, id) in record["helpers"]?.object?.entries ?? [] {
            guard let helper = CorpusHelpers.all[id.string ?? ""] else { throw UnknownHelper(id: id.string ?? "") }
            registry.register(name, helper)
        }
        return registry
    }

    struct UnknownHelper: Error { let id: String }

    func render() throws -> String {
        let template = try Template(template, name: id, options: options)
        let output = try template.render(data, helpers: try helpers(), partials: partials, data: privateData)
        return String(decoding: output, as: UTF8.self)
    }

    /// How the engine fails on this case; `nil` when it passes.
    func failure() -> String? {
        do {
            let output = try render()
            if mustFail { return "\(id): rendered \(output.debugDescription), and must fail" }
            return output == expected
                ? nil : "\(id): rendered \(output.debugDescription), not \((expected ?? "").debugDescription)"
        } catch let error as TemplateError where mustFail {
            return mismatch(of: error)
        } catch {
            return "\(id): \(error)"
        }
    }

    /// The location must be the same, and also the message unless the parser or the JavaScript engine wrote it.
    private func mismatch(of error: TemplateError) -> String? {
        if let line = record["errorLine"]?.int, let column = record["errorColumn"]?.int,
            error.location?.line != line || error.location?.column != column + 1
        {
            return "\(id): fails at \(error.location.map(\.description) ?? "?"), not \(line):\(column + 1)"
        }
        let tags = (record["tags"]?.array ?? []).compactMap(\.string)
        guard let message = record["errorMessage"]?.string, !tags.contains(where: { $0.contains("JS-engine") }),
            !message.hasPrefix("Parse error"), !message.hasPrefix("Lexical error"),
            !message.contains("is not a function")
        else { return nil }
        let expected = message.split(separator: " - ").first.map(String.init) ?? message
        // For data variables the end of the message is different.
        let start = expected.split(separator: " in [object").first.map(String.init) ?? expected
        return error.message.hasPrefix(start)
            ? nil : "\(id): says \(error.message.debugDescription), not \(expected.debugDescription)"
    }
}

enum Corpus {
    /// The folder of the corpora, beside the package.
    static let folder = URL(filePath: #filePath).appending(path: "../../../../shared").standardized

    static let isPresent = FileManager.default.fileExists(
        atPath: folder.appending(path: "handlebars-public.json").path)

    static let cases: [CorpusCase] = records("handlebars-public.json").map { record in
        CorpusCase(
            id: record["id"]?.string ?? "?", kind: record["kind"]?.string ?? "?",
            category: record["class"]?.string ?? "?",
            template: record["template"]?.string ?? "", record: record)
    }

    static func records(_ file: String) -> [JSONValue] {
        guard let data = try? Data(contentsOf: folder.appending(path: file)),
            let json = try? JSONValue(parsing: Array(data))
        else { return [] }
        return json["cases"]?.array ?? []
    }

    static func values(_ object: JSONObject) -> [String: Value] {
        Dictionary(object.entries.map { ($0.key, Value(json: $0.value)) }) { $1 }
    }
}
