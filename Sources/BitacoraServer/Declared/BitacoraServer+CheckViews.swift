import Glibc
package import Handlebars

extension BitacoraServer {
    /// Compiles the templates of a folder application together with the server's own, as a server does at its start.
    ///
    /// - Parameter folder: the path of the folder. Without `views` in it, only the server's own templates are compiled.
    /// - Returns: all errors; the locations of those in the folder name the files by their paths.
    package static func checkViews(ofFolder folder: String) -> ViewReport {
        let directory = folder + "/views"
        let files: [ViewFiles] = access(directory, F_OK) == 0 ? [.directory(directory), .server] : [.server]
        var configuration = ViewEngine.Configuration(
            sources: files.compactMap { $0.source(isDevelopment: false) })
        configuration.options.knownHelpers = helpers
        configuration.requiredViews = requiredViews
        configuration.checksNames = true
        return ViewEngine.check(configuration)
    }
}
