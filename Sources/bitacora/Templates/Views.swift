import ArgumentParser
import BitacoraServer
import Handlebars
import Inspection
import JSON

/// `bitacora views …`: the commands for the templates of a server.
struct Views: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "views",
        abstract: "Check the templates of a server.",
        discussion: """
            Example: bitacora views check Views/server

            \(ExitStatus.explanation)
            """,
        subcommands: [Check.self])
}

extension Views {
    /// `bitacora views check`: checks templates for errors.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compile every view, layout and partial, and report all errors.",
            discussion: """
                Example: bitacora views check Views/server --view log --helper price

                Reports templates that do not compile, files that cannot be read, unknown helpers and partials, missing \
                views, and a missing default layout. Of files of the same name in several directories, the first is used. The \
                server does not start without the layout main and the views \
                \((Bitacora.application.requiredViews + BitacoraServer.requiredViews).joined(separator: ", ")). Known helpers are the built-in helpers, the server's \
                helpers \(BitacoraServer.helpers.sorted().joined(separator: " and ")), and those of --helper. A partial may be missing when it is called \
                with a block or by a computed name. For the folder of an application use `bitacora app check`.

                The fields of --json are files, errorCount and errors (each with code, message, hint, \
                template, line, column and excerpt). Exit status 1 when there are errors.

                \(ExitStatus.explanation)
                """)

        @Option(
            help: ArgumentHelp("The directory of layouts; by default layouts below the views.", valueName: "dir"),
            completion: .directory)
        var layouts: String?

        @Option(
            help: ArgumentHelp(
                "A directory of partials; by default partials below the views; repeatable.", valueName: "dir"),
            completion: .directory)
        var partials: [String] = []

        @Option(
            help: ArgumentHelp(
                "The layout of pages that name none; none for no default layout.", valueName: "name|none"))
        var defaultLayout = "main"

        @Option(help: ArgumentHelp("A required view; repeatable.", valueName: "name"))
        var view: [String] = []

        @Option(help: ArgumentHelp("The extension of template files.", valueName: "extension"))
        var `extension` = ".handlebars"

        @Option(help: ArgumentHelp("A helper of the application; repeatable.", valueName: "name"))
        var helper: [String] = []

        @Flag(name: .customLong("json"), help: "Print one JSON object a line.")
        var isJSON = false

        @Argument(
            help: "The directories of the views; by default those that serve --development reads.",
            completion: .directory)
        var directories: [String] = []

        mutating func run() throws {
            if directories.isEmpty { directories = BitacoraServer.viewDirectories(for: Bitacora.application) }
            let report = ViewEngine.check(configuration)
            guard report.files > 0 else {
                if let error = report.errors.first { throw error }
                throw Failure(
                    ExitStatus.unusable,
                    "there are no \(`extension`) files in \(directories.joined(separator: " and ")); pass another extension with --extension"
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
            configuration.options.knownHelpers = BitacoraServer.helpers.union(helper)
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
