import Base64

/// The files inside the executable: the content of `Views` and `Data/seed` at the time of the build.
///
/// These folders are outside of the target folders, so they cannot be SwiftPM resources. Instead, the plugin `EmbedFiles`
/// generates the constant `EmbeddedArchive` with one line for each file: the path, a tab, and the bytes in base64. One long
/// literal compiles immediately; an array of bytes takes minutes.
package enum EmbeddedFiles {
    /// The folder of the templates, with `assets/`.
    package static let views = "Views"
    /// The folder of the demo events.
    package static let seed = "Data/seed"

    /// All files by their paths in the package: `Views/home.handlebars`.
    package static let all = files(in: EmbeddedArchive.text)

    /// The files of a folder and its subfolders, by their paths in the folder.
    package static func files(below folder: String) -> [String: [UInt8]] {
        let prefix = folder + "/"
        let below = all.filter { $0.key.hasPrefix(prefix) }
        return Dictionary(uniqueKeysWithValues: below.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    }

    private static func files(in archive: StaticString) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        archive.withUTF8Buffer { text in
            for line in text.split(separator: UInt8(ascii: "\n")) {
                let parts = line.split(separator: UInt8(ascii: "\t"), maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, let bytes = Base64.decoded(String(decoding: parts[1], as: UTF8.self)) else {
                    preconditionFailure("a line of the generated archive is not a path, a tab and base64")
                }
                files[String(decoding: parts[0], as: UTF8.self)] = bytes
            }
        }
        return files
    }
}
