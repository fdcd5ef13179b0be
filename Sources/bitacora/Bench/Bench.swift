import ArgumentParser

/// `bitacora bench`: each promise of speed, measured beside a baseline in the same run.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure, against a temporary log, what this machine can do.",
        discussion: """
            Example: bitacora bench append

            Use a release build. The baseline of each figure is measured in the same run, because machines differ and \
            change; quote the ratio. Logs are made below --in and removed at the end.
            """,
        subcommands: [BenchAppend.self, BenchReplay.self, BenchFanout.self, BenchRender.self])
}
