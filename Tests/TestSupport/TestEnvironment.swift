import Glibc

/// The environment that a test run gives to its tests.
package enum TestEnvironment {
    /// The folder for temporary files, which the run removes at its end.
    package static let temporaryFolder = variable("TMPDIR") ?? "/tmp"

    /// Whether this is the short run before a commit (`Tests/run --fast`), in which long tests are disabled.
    package static let isFastRun = variable("BITACORA_FAST") != nil

    /// The environment variables for a program that a test starts: the search path, the temporary folder and the id of the
    /// run (`Tests/Runner`).
    package static var inherited: [String: String] {
        var variables = ["PATH": variable("PATH") ?? "/usr/bin:/bin"]
        for name in ["TMPDIR", "BITACORA_TEST_RUN"] { variables[name] = variable(name) }
        return variables
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
