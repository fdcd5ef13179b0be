import Base64

/// Files inside the executable.
///
/// Folders such as `Views` are outside the folders of the targets, so their files cannot be SwiftPM resources. The plugin
/// `EmbedFiles` generates the constant `EmbeddedArchive` in a target instead, with a line for each file: its path, a tab,
/// its bytes in base64. One long literal compiles at once; an array of bytes would take minutes.
public enum EmbeddedFiles {
    /// The files of an archive that are below a folder, by their paths in that folder.
    ///
    /// - Parameters:
    ///   - archive: `EmbeddedArchive.text`.
    ///   - folder: a path below the folder of the package: `Views/server`.
    public static func files(in archive: StaticString, below folder: String) -> [String: [UInt8]] {
        let prefix = Array((folder + "/").utf8)
        var files: [String: [UInt8]] = [:]
        archive.withUTF8Buffer { text in
            for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: prefix) {
                let parts = line.split(separator: UInt8(ascii: "\t"), maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, let bytes = Base64.decoded(String(decoding: parts[1], as: UTF8.self)) else {
                    preconditionFailure("a line of the generated archive is not a path, a tab and base64")
                }
                files[String(decoding: parts[0].dropFirst(prefix.count), as: UTF8.self)] = bytes
            }
        }
        return files
    }
}
