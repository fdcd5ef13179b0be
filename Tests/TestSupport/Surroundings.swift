import Glibc

/// What a test takes from the run that it belongs to.
package enum Surroundings {
    /// Where files are kept for a while: the folder that the run removes at its end.
    package static let temporaryFolder = variable("TMPDIR") ?? "/tmp"

    /// Whether the run is one before a commit (`Tests/run --fast`): tests that take long are disabled in it.
    package static let isFastRun = variable("BITACORA_FAST") != nil

    /// What a program that a test starts must have, too: the run's commands, folder and mark (`Tests/Runner`).
    package static var inherited: [String: String] {
        var variables = ["PATH": variable("PATH") ?? "/usr/bin:/bin"]
        for name in ["TMPDIR", "BITACORA_TEST_RUN"] { variables[name] = variable(name) }
        return variables
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
