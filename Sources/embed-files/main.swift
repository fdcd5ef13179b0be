import Base64
import Foundation

// Writes the source of `EmbeddedArchive`, for the plugin EmbedFiles:
//
//     embed-files OUTPUT ROOT PATH…
//
// PATHs are of files below ROOT.

func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data("embed-files: \(message)\n".utf8))
    exit(1)
}

/// Whether a path can stand in the literal as it is.
func isPlain(_ path: String) -> Bool {
    !path.isEmpty && path.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}

guard CommandLine.arguments.count > 3 else { fail("it takes OUTPUT ROOT PATH…") }
let (output, root) = (CommandLine.arguments[1], CommandLine.arguments[2])
var lines: [String] = []
for path in CommandLine.arguments.dropFirst(3) {
    guard isPlain(path) else { fail("\(path) has other characters than letters, digits, '-', '.', '_' and '/'; rename the file") }
    guard let bytes = FileManager.default.contents(atPath: root + "/" + path) else { fail("\(root)/\(path) cannot be read") }
    lines.append(path + "\t" + Base64.encoded([UInt8](bytes)))
}
let source = """
    // Made by the plugin EmbedFiles; see EmbeddedFiles.

    enum EmbeddedArchive {
        static let text: StaticString = \"""
    \(lines.joined(separator: "\n"))
    \"""
    }

    """
do {
    try Data(source.utf8).write(to: URL(filePath: output))
} catch {
    fail("\(output) cannot be written: \(error)")
}
