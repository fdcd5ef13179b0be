import JSON
import Schemas

/// The parsed files of an application, and the names of its views.
struct SourceFiles {
    /// `app.json` and the schemas by their paths, without those that are not JSON.
    private(set) var documents: [ExactText: JSONValue] = [:]
    /// The schemas by their paths, without those that have faults.
    private(set) var schemas: [ExactText: Schema] = [:]
    /// The bytes of `app.json` and the schemas.
    private(set) var contents: [String: [UInt8]] = [:]
    /// Limits what all schemas need together, with those inside `app.json`.
    let schemaBudget = SchemaBudget()
    /// The paths of the schemas, also of those with faults.
    let schemaPaths: [String]
    private let templates: Set<ExactText>

    private static let templateSuffix = ".handlebars"
    /// A layout that the server always has.
    static let serverLayout = "main"

    /// Parses the files and compiles the schemas.
    init(_ files: [String: [UInt8]], _ faults: FaultList) {
        let paths = files.keys.filter(Self.isJSON).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        schemaPaths = paths.filter { $0 != "app.json" }
        templates = Set(
            files.keys.filter { $0.hasPrefix("views/") && $0.hasSuffix(Self.templateSuffix) }.map { ExactText($0) })
        guard Self.isBounded(files, paths, faults) else { return }
        if files["app.json"] == nil {
            faults.add(
                file: "app.json",
                "the folder has no app.json; bitacora app new DIR writes a folder with a working example")
        }
        for path in paths {
            let bytes = files[path, default: []]
            contents[path] = bytes
            documents[path] = Self.parse(bytes, path, faults)
        }
        for path in schemaPaths {
            guard let document = documents[path], !schemaBudget.isExceeded else { continue }
            do throws(SchemaFaults) {
                schemas[path] = try Schema(document, file: path, documents: documents, budget: schemaBudget)
            } catch {
                faults.add(error)
            }
        }
    }

    /// Whether a file is `app.json` or a schema.
    static func isJSON(_ path: String) -> Bool {
        path == "app.json" || (path.hasPrefix("schemas/") && path.hasSuffix(".json"))
    }

    private static func isBounded(_ files: [String: [UInt8]], _ paths: [String], _ faults: FaultList) -> Bool {
        if files.count > ApplicationDefinition.maximumFiles {
            faults.add(
                file: "app.json",
                "the folder has \(files.count) files; the limit is \(ApplicationDefinition.maximumFiles)")
            return false
        }
        var total = 0
        var isBounded = true
        for path in paths {
            let count = files[path, default: []].count
            total += count
            guard count > ApplicationDefinition.maximumFileBytes else { continue }
            isBounded = false
            faults.add(
                file: path, "the file has \(count) bytes; the limit is \(ApplicationDefinition.maximumFileBytes)")
        }
        if total > ApplicationDefinition.maximumTotalBytes {
            isBounded = false
            faults.add(
                file: "app.json",
                "app.json and the schemas have \(total) bytes; the limit is \(ApplicationDefinition.maximumTotalBytes)")
        }
        return isBounded
    }

    private static func parse(_ bytes: [UInt8], _ path: String, _ faults: FaultList) -> JSONValue? {
        if isUTF16(bytes) {
            faults.add(file: path, "the file is in UTF-16; save the file as UTF-8")
            return nil
        }
        do throws(JSONError) {
            let value = try JSONValue(parsing: bytes)
            let repeated = bytes.withUnsafeBytes { JSONText.repeatedNames(in: $0, limit: ApplicationFaults.maximum) }
            for pointer in repeated {
                faults.add(
                    file: path, at: pointer, isName: true,
                    "the name \"\(pointer.steps.last ?? "")\" occurs twice in this object; remove one of them")
            }
            return value
        } catch {
            faults.add(file: path, at: error.position, error.message)
            return nil
        }
    }

    /// Whether a file begins with the byte order mark of UTF-16. The two bytes do not occur in UTF-8.
    private static func isUTF16(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
    }
}

extension SourceFiles {
    /// A kind of template, with its folder.
    enum TemplateKind: String {
        case template = "views/"
        case partial = "views/partials/"
        case layout = "views/layouts/"
    }

    /// The path of a template.
    static func path(of name: String, _ kind: TemplateKind) -> String { kind.rawValue + name + templateSuffix }

    /// Whether the folder has a template.
    func has(_ name: String, _ kind: TemplateKind) -> Bool {
        // A page that names `partials/row` as its template does not mean the partial.
        let isOther = kind == .template && (name.hasPrefix("partials/") || name.hasPrefix("layouts/"))
        return !isOther && templates.contains(Self.path(of: name, kind))
    }

    /// Whether the folder has a template at a path.
    func hasFile(_ path: String) -> Bool { templates.contains(path) }

    /// The names of the templates of a kind, sorted.
    func names(of kind: TemplateKind) -> [String] {
        templates.map(\.text).filter { $0.hasPrefix(kind.rawValue) }
            .map { String($0.dropFirst(kind.rawValue.count).dropLast(Self.templateSuffix.count)) }
            .filter { has($0, kind) }.sorted()
    }
}
