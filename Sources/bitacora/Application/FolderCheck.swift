import BitacoraServer
import Declarations
import Handlebars
import JSON

/// What is wrong with the folder of an application, and what it declares.
struct FolderCheck {
    /// Something that is wrong, as editors show it.
    struct Fault {
        /// The path of the file, which begins with that of the folder.
        let file: String
        /// The line and the column, from 1; nil when the fault concerns the whole file.
        let position: (line: Int, column: Int)?
        /// What is wrong and what to write instead.
        let message: String

        /// `FILE:LINE:COLUMN: message`.
        var line: String {
            position.map { "\(file):\($0.line):\($0.column): \(message)" } ?? "\(file): \(message)"
        }

        var json: JSONValue {
            [
                "file": .string(file), "line": position.map { .integer($0.line) } ?? .null,
                "column": position.map { .integer($0.column) } ?? .null, "message": .string(message),
            ]
        }
    }

    /// The faults of the definition, by file and position, then those of the names of views and assets, and then
    /// those of the templates.
    let faults: [Fault]
    /// The definition; nil when it has faults.
    let definition: ApplicationDefinition?
    /// The number of templates in the folder; 0 when its files cannot be listed.
    let templates: Int

    /// Checks the files of a folder as a server does at its start.
    ///
    /// - Throws: `Failure` when the folder cannot be read.
    init(_ folder: String) throws {
        var faults: [Fault] = []
        do throws(ApplicationFaults) {
            definition = try ApplicationFolder.definition(folder)
        } catch {
            definition = nil
            faults = error.faults.map { Fault($0, in: folder) }
        }
        let report = BitacoraServer.checkViews(ofFolder: folder)
        self.faults = faults + report.errors.map { Fault($0, in: folder) }
        templates = ApplicationFolder.templateCount(folder)
    }
}

extension FolderCheck.Fault {
    fileprivate init(_ fault: ApplicationFaults.Fault, in folder: String) {
        self.init(
            file: "\(folder)/\(fault.file)", position: fault.position.map { ($0.line, $0.column) },
            message: fault.message)
    }

    /// - Parameter error: its location names the file by its path, because views are read from a directory.
    fileprivate init(_ error: TemplateError, in folder: String) {
        self.init(
            file: error.location?.template ?? "\(folder)/views", position: error.location.map { ($0.line, $0.column) },
            message: error.message + (error.hint.map { " (\($0))" } ?? ""))
    }
}
