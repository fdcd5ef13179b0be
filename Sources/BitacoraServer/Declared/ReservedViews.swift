import Declarations

/// The names of the server's own templates and assets, which the folder of an application cannot use.
///
/// The views and assets of a folder take precedence over those of the server. A file with one of these names would be
/// used by the server's own pages, and break them.
enum ReservedViews {
    /// The files of the server that a folder may replace, by their paths below `views/`.
    static let replaceable: Set = ["layouts/main.handlebars", "error.handlebars", "assets/favicon.svg"]

    /// The reserved paths below `views/`, in order.
    static let paths = ViewFiles.server.memory.keys.filter { !replaceable.contains($0) }.sorted()

    /// The fault of a file that has a reserved name.
    ///
    /// - Parameter path: the path of the file in the folder, such as `views/assets/live.js`.
    static func fault(_ path: String) -> ApplicationFaults.Fault {
        ApplicationFaults.Fault(
            file: path, position: nil, message: "the server's own pages use this name; choose another one")
    }
}
