import ArgumentParser
import BitacoraServer
import Declarations

/// The option that names the folder of an application.
struct ApplicationOption: ParsableArguments {
    @Option(
        name: .customLong("app"),
        help: ArgumentHelp(
            "The folder of the application, for a log that has no definition stored, or another one.",
            valueName: "dir"),
        completion: .directory, transform: parseDirectory)
    var folder: String?

    /// Reads the definition in the folder; nil when no folder is named.
    ///
    /// - Throws: `Failure` with all faults of the definition.
    func definition() throws -> ApplicationDefinition? {
        guard let folder else { return nil }
        do throws(ApplicationFaults) {
            return try ApplicationDefinition(files: try ApplicationFolder.files(folder))
        } catch {
            throw Failure(applicationFaults: error.faults.map { "\(folder)/\($0)" })
        }
    }
}
