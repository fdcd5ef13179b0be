import ArgumentParser

/// `bitacora app …`: the commands for applications that are folders, without Swift.
struct App: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "app",
        abstract: "Create and check an application without Swift: app.json, schemas and views.",
        discussion: """
            Example: bitacora app new orders

            \(ExitStatus.explanation)
            """,
        subcommands: [New.self, Check.self])
}
