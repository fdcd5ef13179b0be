import ArgumentParser
import BitacoraServer
import Handlebars
import Inspection
import JSON

extension Views {
    /// `bitacora views check`: have the templates errors?
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compile every view, layout and partial, and report all errors.",
            discussion: """
                Example: bitacora views check Views --view home --helper formatDate

                Errors are: templates that do not compile, files that cannot be read, unknown helpers and partials, and \
                missing views and a missing default layout. The server renders the views \
                \((Bitacora.application.requiredViews + BitacoraServer.requiredViews).joined(separator: ", ")); it does not start \
                without them and the layout main. Of two directories that have a file of the same name, the first is used. \
                Known helpers are those of the language, the server's helper \(BitacoraServer.assetHelper), and those that \
                --helper names. A partial that is called with a block, or by a name that is computed while rendering, may \
                be missing.

                The fields of --json are files, errorCount and errors (each with code, message, hint, \
                template, line, column and excerpt). Exit status 1 when there are errors.

                \(ExitStatus.explanation)
                """)

        @Option(
            help: ArgumentHelp("The layouts, when they are not in layouts below the views.", valueName: "dir"),
            completion: .directory)
        var layouts: String?

        @Option(
            help: ArgumentHelp(
                "Partials, when they are not in partials below the views; repeatable.", valueName: "dir"),
            completion: .directory)
        var partials: [String] = []

        @Option(
            help: ArgumentHelp(
                "The layout of pages that ask for none; none when there is no such layout.", valueName: "name|none"))
        var defaultLayout = "main"

        @Option(help: ArgumentHelp("A view that must be there; repeatable.", valueName: "name"))
        var view: [String] = []

        @Option(help: ArgumentHelp("What the names of templates end with.", valueName: "extension"))
        var `extension` = ".handlebars"

        @Option(help: ArgumentHelp("A helper that the application has; repeatable.", valueName: "name"))
        var helper: [String] = []

        @Flag(name: .customLong("json"), help: "Print one JSON object a line.")
        var isJSON = false

        @Argument(
            help: "The directories of the views; those that serve --development reads when none is given.",
            completion: .directory)
        var directories: [String] = []

        mutating func run() throws {
            if directories.isEmpty { directories = BitacoraServer.viewDirectories(for: Bitacora.application) }
            let report = ViewEngine.check(configuration)
            guard report.files > 0 else {
                if let error = report.errors.first { throw error }
                throw Failure(
                    ExitStatus.unusable,
                    "there are no \(`extension`) files in \(directories.joined(separator: " and ")); name their ending with --extension"
                )
            }
            let output = Output()
            output.add(isJSON ? Self.json(report).text + "\n" : Self.text(report))
            try output.flush()
            guard report.errors.isEmpty else {
                throw Failure(
                    ExitStatus.refused,
                    "\(Amount.counted(report.errors.count, "error")) found in the templates of \(directories.joined(separator: " and "))"
                )
            }
        }

        private var configuration: ViewEngine.Configuration {
            let sources = directories.map { directory in
                var source = ViewSource.directory(directory)
                source.layouts = layouts
                if !partials.isEmpty { source.partials = partials.map { .init($0) } }
                return source
            }
            var configuration = ViewEngine.Configuration(sources: sources)
            configuration.fileExtension = `extension`
            configuration.options.knownHelpers = Set(helper).union([BitacoraServer.assetHelper])
            configuration.checksNames = true
            configuration.defaultLayout = defaultLayout == "none" ? nil : defaultLayout
            configuration.requiredViews = view
            return configuration
        }

        private static func text(_ report: ViewReport) -> String {
            guard !report.errors.isEmpty else { return "\(Amount.counted(report.files, "template")), no errors\n" }
            return report.errors.map { error in error.lines.map { ShownText.escaped($0) + "\n" }.joined() }.joined(
                separator: "\n")
        }

        private static func json(_ report: ViewReport) -> JSONValue {
            let errors = report.errors.map { error -> JSONValue in
                [
                    "code": .string(error.code.rawValue), "message": .string(error.message), "hint": .text(error.hint),
                    "template": .text(error.location?.template),
                    "line": error.location.map { .integer($0.line) } ?? .null,
                    "column": error.location.map { .integer($0.column) } ?? .null, "excerpt": .text(error.excerpt),
                ]
            }
            return [
                "files": .integer(report.files), "errorCount": .integer(report.errors.count), "errors": .array(errors),
            ]
        }
    }
}
