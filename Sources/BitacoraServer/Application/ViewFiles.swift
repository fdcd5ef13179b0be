import Embedded
import Handlebars

/// The templates of an application, with its assets in `assets/`: files in memory, a directory, or both.
public struct ViewFiles: Sendable {
    /// The files in memory by their paths: `home.handlebars`, `layouts/main.handlebars`, `assets/shop.css`.
    let memory: [String: [UInt8]]
    /// The directory of the same files.
    let directory: String?

    /// No templates and assets.
    public static let none = ViewFiles(memory: [:], directory: nil)

    /// The files of a directory, read at the start, or in development mode whenever one changes.
    public static func directory(_ path: String) -> ViewFiles { ViewFiles(memory: [:], directory: path) }

    /// Files in memory by their paths below the directory of templates.
    ///
    /// - Parameter directory: where the same files are on disk, relative to the working directory; development mode
    ///   reads them there.
    public static func memory(_ files: [String: [UInt8]], directory: String? = nil) -> ViewFiles {
        ViewFiles(memory: files, directory: directory)
    }

    /// The templates and assets of the server itself.
    static let server = ViewFiles.memory(
        EmbeddedFiles.files(in: EmbeddedArchive.text, below: "Views/server"), directory: "Views/server")

    /// Whether the files are read from the directory.
    private func isOnDisk(_ isDevelopment: Bool) -> Bool { directory != nil && (isDevelopment || memory.isEmpty) }

    /// The source of the templates; nil when there are none.
    func source(isDevelopment: Bool) -> ViewSource? {
        if let directory, isOnDisk(isDevelopment) { return .directory(directory) }
        return memory.isEmpty ? nil : .memory(memory, root: "")
    }

    /// The source of the assets; nil when there are none.
    func assets(isDevelopment: Bool) -> Assets.Source? {
        if let directory, isOnDisk(isDevelopment) { return .directory(directory + "/assets") }
        let prefix = "assets/"
        let files = memory.filter { $0.key.hasPrefix(prefix) }
        return .files(
            Dictionary(uniqueKeysWithValues: files.map { (String($0.key.dropFirst(prefix.count)), $0.value) }))
    }
}
