import ArgumentParser
import Handlebars
import Inspection
import JSON

/// `bitacora render`: renders a template to standard output.
struct Render: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Render a Handlebars template to standard output.",
        discussion: """
            Example: bitacora render page.handlebars --data page.json --partials Views/partials

            The data is JSON; without --data it is an empty object. Partials are the .handlebars and .hbs files below \
            --partials; their names are their paths without the extension. When several directories have a partial of \
            the same name, the last one is used. {{log}} prints to standard error.

            With --layout the template is rendered as a view in a page, as the server does: the layout gets the same \
            data, and the output of the template as body. Both files can use @exphbs.view and @exphbs.layout, the names \
            of view and layout. White space at both ends of files and outputs is removed; without --layout every byte \
            is kept.

            When the template has an error, nothing is written to standard output, and the error is reported with its \
            line and column (exit status 1).

            \(ExitStatus.explanation)
            """)

    @Option(help: ArgumentHelp("The data, or - for standard input.", valueName: "file"), completion: .file())
    var data: String?

    @Option(help: ArgumentHelp("A directory of partials; repeatable.", valueName: "dir"), completion: .directory)
    var partials: [String] = []

    @Option(help: ArgumentHelp("A layout for the template.", valueName: "file"), completion: .file())
    var layout: String?

    @Flag(help: "Report fields that are missing in the data as errors.")
    var strict = false

    @Argument(help: "The template, or - for standard input.")
    var template: String

    /// The largest data, in bytes.
    private static let maximumData = 256 << 20

    func validate() throws {
        guard template != "-" || data != "-" else {
            throw ValidationError("the template and --data cannot both be standard input")
        }
    }

    func run() throws {
        let bytes = try output(context(), library(), compiledTemplate())
        let standard = Output()
        standard.add(bytes)
        try standard.flush()
    }

    private func output(_ context: Value, _ library: PartialLibrary, _ template: Template) throws -> [UInt8] {
        guard let layout else { return try template.render(context, partials: library, log: Self.log) }
        let layoutTemplate = try Template(file: layout, options: options, isTrimmed: true)
        let renderer = ViewRenderer(
            view: (Self.name(of: self.template), template), layout: (Self.name(of: layout), layoutTemplate),
            partials: library,
            log: Self.log)
        return try renderer.render(context)
    }

    /// The name of a view: the name of its file without directory and extension.
    private static func name(of path: String) -> String {
        let file = path.split(separator: "/").last ?? ""
        return String(file.prefix(upTo: file.lastIndex(of: ".") ?? file.endIndex))
    }

    private var options: TemplateOptions {
        var options = TemplateOptions()
        options.strict = strict
        return options
    }

    private func compiledTemplate() throws -> Template {
        let isTrimmed = layout != nil
        guard template == "-" else { return try Template(file: template, options: options, isTrimmed: isTrimmed) }
        let bytes = try Input.standard.read(upTo: options.maximumSourceBytes, "for a template")
        return try Template(readFrom: Input.standard.name, bytes, options: options, isTrimmed: isTrimmed)
    }

    private func library() throws -> PartialLibrary {
        var library = PartialLibrary()
        for directory in partials {
            for fileExtension in [".hbs", ".handlebars"] {
                library = library.merging(
                    try PartialLibrary(
                        directory: directory, fileExtension: fileExtension, options: options, isTrimmed: layout != nil))
            }
        }
        return library
    }

    private func context() throws -> Value {
        guard let data else { return [:] }
        let purpose = "for the data of a template"
        let bytes =
            data == "-"
            ? try Input.standard.read(upTo: Self.maximumData, purpose)
            : try Input.readFile(data, upTo: Self.maximumData, purpose)
        do {
            return Value(json: try JSONValue(parsing: bytes, maximumDepth: JSONValue.deepestMaximumDepth))
        } catch {
            throw Failure(invalidJSON: data == "-" ? Input.standard.name : data, bytes, error)
        }
    }

    private static let log: LogSink = { level, arguments in
        let text = ([level + ":"] + arguments.map(\.text)).joined(separator: " ")
        Terminal.standardError.write(ShownText.escaped(text, keepsNewlines: true) + "\n")
    }
}
