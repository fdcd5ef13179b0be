import ArgumentParser

/// `bitacora views …`: the templates of a server.
struct Views: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "views",
        abstract: "Check the templates of a server.",
        discussion: """
            Example: bitacora views check Views

            \(ExitStatus.explanation)
            """,
        subcommands: [Check.self])
}
