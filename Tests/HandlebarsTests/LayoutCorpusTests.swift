import Foundation
import Handlebars
import JSON
import Testing

/// The corpus of the conventions of express-handlebars; skipped when its file does not exist.
@Suite("The layouts corpus", .enabled(if: Corpus.isPresent))
struct LayoutCorpusTests {
    static let cases = Corpus.records("express-layouts-public.json")

    /// Cases that do not pass yet. A case that passes fails the suite until it is removed here.
    static let knownGaps: [String: String] = [:]

    @Test("a page renders, or fails, as with express-handlebars", arguments: cases.indices)
    func agrees(_ index: Int) throws {
        let record = Self.cases[index]
        let id = record["id"]?.string ?? "?"
        let failure = try failure(record)
        if let reason = Self.knownGaps[id] {
            #expect(failure != nil, "\(id) passes now; remove it from the known gaps (\(reason))")
        } else {
            #expect(failure == nil, "\(id): \(failure ?? "")")
        }
    }

    private func failure(_ record: JSONValue) throws -> String? {
        let folder = try TemporaryFolder()
        for (path, text) in record["files"]?.object?.entries ?? [] { try folder.write(path, text.string ?? "") }
        do {
            let output = try render(record, in: folder)
            if record["error"]?.bool == true { return "rendered \(output.debugDescription), and must fail" }
            let expected = record["expected"]?.string ?? ""
            return output == expected ? nil : "rendered \(output.debugDescription), not \(expected.debugDescription)"
        } catch {
            return record["error"]?.bool == true ? nil : "\(error)"
        }
    }

    private func render(_ record: JSONValue, in folder: TemporaryFolder) throws -> String {
        var configuration = ViewEngine.Configuration(views: folder.path)
        // As in express-handlebars without its cache: a broken file is an error of the pages that use it.
        configuration.caching = .development
        let config = record["config"]
        switch config?["defaultLayout"] {
        case .bool(false), .null: configuration.defaultLayout = nil
        case .string(let name): configuration.defaultLayout = name
        default: break
        }
        if let name = config?["extname"]?.string { configuration.fileExtension = name }
        configuration.options.noEscape = config?["compilerOptions"]?["noEscape"]?.bool == true
        configuration.options.preventIndent = config?["compilerOptions"]?["preventIndent"]?.bool == true
        configuration.options.strict = config?["compilerOptions"]?["strict"]?.bool == true
        let context = record["call"]?["context"]?.object ?? [:]
        var partials = PartialLibrary()
        for (name, source) in context["partials"]?.object?.entries ?? [] {
            partials.add(name, source: source.string ?? "")
        }
        let output = try ViewEngine(configuration).render(
            record["call"]?["view"]?.string ?? "", Value(json: .object(context)), layout: layout(context["layout"]),
            data: context["data"]?.object.map(Corpus.values) ?? [:], partials: partials)
        return String(decoding: output, as: UTF8.self)
    }

    private func layout(_ json: JSONValue?) -> ViewEngine.Layout {
        switch json {
        case nil: .standard
        case .string(let name) where !name.isEmpty: .named(name)
        default: .none
        }
    }
}
