import JSON
import Glibc
package import Declarations

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reads the folder of an application: `app.json`, the files `*.json` below `schemas/`, and the names of the templates
/// below `views/`.
///
/// Hidden files are ignored. A schema that is a link out of the folder, and a schema or template that is not a regular file,
/// are faults.
package struct ApplicationFolder: Sendable {
    /// The deepest directory that is read, below `schemas/` or `views/`.
    private static let maximumDepth = 16

    private let path: String

    private init(_ path: String) { self.path = path }

    /// Reads the files that `ApplicationDefinition.init(files:)` takes. Templates are not read: their contents are
    /// empty.
    ///
    /// - Parameter folder: the path of the folder.
    /// - Throws: a fault for `app.json` when it does not exist, for each file that cannot be read, is not a regular file
    ///   inside the folder or is larger than `ApplicationDefinition.maximumFileBytes`, and for more than
    ///   `ApplicationDefinition.maximumFiles` files.
    package static func files(_ folder: String) throws(ApplicationFaults) -> [String: [UInt8]] {
        try ApplicationFolder(folder).files()
    }

    /// Reads and checks the definition of the application, and checks the names of the views and assets.
    ///
    /// - Parameter folder: the path of the folder.
    /// - Throws: the faults of `files`; otherwise those of the definition, and then one for each view and asset that
    ///   has the name of one of the server's own.
    package static func definition(_ folder: String) throws(ApplicationFaults) -> ApplicationDefinition {
        let reserved = ApplicationFolder(folder).reservedFiles().map(ReservedViews.fault)
        let definition: ApplicationDefinition
        do throws(ApplicationFaults) {
            definition = try ApplicationDefinition(files: try files(folder))
        } catch {
            throw ApplicationFaults(faults: Array((error.faults + reserved).prefix(ApplicationFaults.maximum)))
        }
        guard reserved.isEmpty else { throw ApplicationFaults(faults: reserved) }
        return definition
    }

    /// The number of templates below `views/`; 0 when the files of the folder cannot be listed. Reads no file.
    package static func templateCount(_ folder: String) -> Int {
        let names = (try? ApplicationFolder(folder).listing().names) ?? []
        return names.count { $0.hasPrefix("views/") }
    }

    /// Differs before and after a change of a file: the size, the time of the last change and the inode number.
    struct FileStatus: Hashable, Sendable {
        private let size: Int64
        private let seconds: Int64
        private let nanoseconds: Int64
        private let inode: UInt64

        fileprivate init(_ status: stat) {
            size = Int64(status.st_size)
            (seconds, nanoseconds) = (Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec))
            inode = UInt64(status.st_ino)
        }
    }

    /// The statuses of all files that `files` reads, by their paths; empty when there are too many files. Reads no file.
    static func statuses(_ folder: String) -> [ExactText: FileStatus] {
        let folder = ApplicationFolder(folder)
        var statuses: [ExactText: FileStatus] = [:]
        for name in (try? folder.listing().names) ?? [] {
            statuses[name] = folder.status(of: name).map(FileStatus.init)
        }
        return statuses
    }

    private func files() throws(ApplicationFaults) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        let listing = try listing()
        var faults = listing.faults
        for name in listing.names {
            // `String` compares by canonical equivalence, and would keep only one of two files.
            guard files[name] == nil else {
                faults.append(.init(file: name, position: nil, message: Lookalike.message(name)))
                continue
            }
            guard !name.hasPrefix("views/") else {
                files[name] = []
                continue
            }
            do throws(ApplicationFaults) {
                files[name] = try contents(of: name)
            } catch {
                faults += error.faults
            }
        }
        guard faults.isEmpty else {
            throw ApplicationFaults(faults: Array(faults.prefix(ApplicationFaults.maximum)))
        }
        return files
    }

    /// The files of a folder.
    private struct Listing {
        /// The paths of the files, relative to the folder, in order.
        var names: [String] = []
        /// Those of names that are not files.
        var faults: [ApplicationFaults.Fault] = []
    }

    private func listing() throws(ApplicationFaults) -> Listing {
        if let problem = problem(of: "app.json") {
            throw Self.fault(
                "app.json",
                "\(problem), or name the folder of an application, such as one that `bitacora app new` wrote")
        }
        var listing = Listing(names: ["app.json"])
        try addNames(in: "schemas", ending: ".json", to: &listing)
        try addNames(in: "views", ending: ".handlebars", to: &listing)
        return listing
    }

    /// The paths of the files that have a name of the server's own views and assets.
    private func reservedFiles() -> [String] {
        ReservedViews.paths.map { "views/" + $0 }.filter { problem(of: $0) == nil }
    }

    private func addNames(
        in directory: String, ending: String, to listing: inout Listing, depth: Int = 1
    ) throws(ApplicationFaults) {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: path + "/" + directory)) ?? []
        for entry in entries.sorted() where !entry.hasPrefix(".") {
            let name = directory + "/" + entry
            if type(of: name) == S_IFDIR {
                guard depth < Self.maximumDepth else {
                    throw Self.fault(
                        name, "directories are nested to at most \(Self.maximumDepth) levels; move this one up")
                }
                try addNames(in: name, ending: ending, to: &listing, depth: depth + 1)
            } else if entry.hasSuffix(ending) {
                if let problem = problem(of: name) {
                    // The check of the templates reports their links.
                    guard directory.hasPrefix("schemas") || type(of: name) != S_IFLNK else { continue }
                    listing.faults += Self.fault(name, problem).faults
                } else {
                    listing.names.append(name)
                }
                guard listing.names.count + listing.faults.count <= ApplicationDefinition.maximumFiles else {
                    throw Self.fault(
                        name,
                        "an application has at most \(ApplicationDefinition.maximumFiles) schemas and templates; remove the files that it does not use"
                    )
                }
            }
        }
    }

    private func contents(of name: String) throws(ApplicationFaults) -> [UInt8] {
        let limit = ApplicationDefinition.maximumFileBytes
        guard let size = status(of: name)?.st_size, size <= limit else {
            throw Self.fault(name, "the file is larger than \(limit) bytes, which is the limit; split it")
        }
        guard let data = try? Data(contentsOf: URL(filePath: path + "/" + name)) else {
            throw Self.fault(name, "the file cannot be read; check its permissions")
        }
        return [UInt8](data.prefix(limit))
    }

    private static func fault(_ file: String, _ message: String) -> ApplicationFaults {
        ApplicationFaults(faults: [ApplicationFaults.Fault(file: file, position: nil, message: message)])
    }

    // MARK: Files

    /// The status of a file, or of the file that a link leads to; nil when there is none.
    private func status(of name: String) -> stat? {
        var status = stat()
        return stat(path + "/" + name, &status) == 0 ? status : nil
    }

    /// The type of what has a name, such as `S_IFLNK` for a link; nil when there is nothing.
    private func type(of name: String) -> mode_t? {
        var status = stat()
        return lstat(path + "/" + name, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    /// Why a name is not that of a regular file, or of a link to one inside the folder, and what to do; nil when it is.
    private func problem(of name: String) -> String? {
        guard let type = type(of: name) else { return "this file does not exist; create it" }
        guard let target = status(of: name) else {
            return "this is a symbolic link to a file that does not exist; replace the link with a file"
        }
        if type == S_IFLNK, !leadsInside(name) {
            return "this is a symbolic link to a file outside of the folder; replace the link with the file"
        }
        return target.st_mode & S_IFMT == S_IFREG ? nil : "this is not a regular file; replace it with one"
    }

    /// Whether a link leads to a path inside the folder.
    private func leadsInside(_ link: String) -> Bool {
        let root = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
        let file = URL(filePath: path + "/" + link).resolvingSymlinksInPath().path(percentEncoded: false)
        return file.hasPrefix(root.hasSuffix("/") ? root : root + "/")
    }
}

/// The faults of an application in a folder, because of which the server did not start.
public struct ApplicationFolderError: Error, CustomStringConvertible, Sendable {
    /// At least one: `shop/app.json:12:9: message`, with the file, and where it is known the line and the column.
    public let faults: [String]

    init(_ error: ApplicationFaults, in folder: String) {
        faults =
            error.faults.isEmpty
            ? ["\(folder): the application cannot be read"] : error.faults.map { "\(folder)/\($0)" }
    }

    /// The faults, one a line.
    public var description: String { faults.joined(separator: "\n") }
}
