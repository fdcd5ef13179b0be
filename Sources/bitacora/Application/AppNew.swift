import ArgumentParser
import Declarations
import Glibc
import JSON

extension App {
    /// `bitacora app new`: writes the example application.
    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a small working application to start from.",
            discussion: """
                Example: bitacora app new orders

                The application has orders and customers: schemas, two collections, commands, and pages that show them. \
                The folder is created, with its parents; a folder that already has files is refused. The command to \
                serve the application and the address to open are printed.

                The fields of --json are folder, files (their paths in the folder), command and address.
                """)

        @Flag(name: .customLong("json"), help: "Print one JSON object a line.")
        var isJSON = false

        @Argument(
            help: ArgumentHelp("The folder to create; it may exist if it is empty.", valueName: "dir"),
            completion: .directory, transform: parseDirectory)
        var folder: String

        func run() throws {
            let files = ExampleFolder.files.sorted { $0.key < $1.key }
            try NewFolder(folder).write(files.map { ($0.key, Array($0.value.utf8)) })
            let command = "bitacora serve --app \(ShellWord.quoted(path: folder))"
            let address = "http://127.0.0.1:8080\(Self.firstPage ?? "/")"
            let report: JSONValue = [
                "folder": .string(folder), "files": .array(files.map { .string($0.key) }),
                "command": .string(command), "address": .string(address),
            ]
            let output = Output()
            output.add(isJSON ? report.text + "\n" : "Start: \(command)\nOpen: \(address)\n")
            try output.flush()
        }

        /// The first page of the example that is not about one row.
        private static var firstPage: String? {
            let files = ExampleFolder.files.mapValues { Array($0.utf8) }
            return (try? ApplicationDefinition(files: files))?.pages.first { $0.route.names.isEmpty }?.route.text
        }
    }
}

/// A folder that is filled with new files.
struct NewFolder {
    private let path: String

    init(_ path: String) { self.path = path }

    /// Creates the folder, with its parents, and writes files below it.
    ///
    /// - Parameter files: the files by their paths below the folder.
    /// - Throws: `Failure` when the folder has files, of which the first by name is named; nothing was written then. Also when
    ///   something cannot be created or written; the files before it were written then.
    func write(_ files: [(path: String, contents: [UInt8])]) throws(Failure) {
        if let name = try firstEntry() {
            throw Failure(
                ExitStatus.refused, "\(path) is not empty: it has \(name); name a new folder, or an empty one")
        }
        for (file, contents) in files {
            let target = path + "/" + file
            try createDirectory(String(target[..<(target.lastIndex(of: "/") ?? target.endIndex)]))
            try write(contents, to: target)
        }
    }

    /// The first name in the folder; nil when it is empty or does not exist.
    private func firstEntry() throws(Failure) -> String? {
        guard let directory = opendir(path) else {
            if errno == ENOENT { return nil }
            throw failure(errno == ENOTDIR ? "\(path) is a file; name a folder" : "\(path) cannot be read", errno)
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.min()
    }

    private func createDirectory(_ path: String) throws(Failure) {
        if path.isEmpty || mkdir(path, 0o777) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let end = path.lastIndex(of: "/") else {
            throw failure("\(path) cannot be created", errno)
        }
        try createDirectory(String(path[..<end]))
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw failure("\(path) cannot be created", errno) }
    }

    private func write(_ contents: [UInt8], to file: String) throws(Failure) {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure("\(file) cannot be created", errno) }
        defer { close(descriptor) }
        let output = Output(descriptor)
        output.add(contents)
        do throws(OutputError) {
            try output.flush()
        } catch {
            throw failure("\(file) cannot be written", errno)
        }
    }

    private func failure(_ what: String, _ code: Int32) -> Failure {
        Failure(ExitStatus.unusable, "\(what): \(String(cString: strerror(code)))")
    }
}
