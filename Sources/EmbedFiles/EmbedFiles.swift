import Foundation
import PackagePlugin

/// Generates a Swift constant with the files of some folders, so that the executable runs in any directory.
@main
struct EmbedFiles: BuildToolPlugin {
    /// The folders of the package that each target carries.
    private static let folders = [
        "BitacoraServer": ["Views/server"], "Marketplace": ["Views/marketplace", "Data/seed"],
    ]

    func createBuildCommands(context: PluginContext, target: any Target) async throws -> [Command] {
        let root = context.package.directoryURL
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedArchive.swift")
        guard let folders = Self.folders[target.name] else {
            Diagnostics.error("EmbedFiles has no folders for the target \(target.name); add them to EmbedFiles.folders")
            return []
        }
        let paths = try folders.flatMap { try Self.files(below: $0, in: root) }
        return [
            .buildCommand(
                displayName: "Embed \(folders.joined(separator: " and "))",
                executable: try context.tool(named: "embed-files").url,
                arguments: [output.path(percentEncoded: false), root.path(percentEncoded: false)] + paths,
                inputFiles: paths.map { root.appending(path: $0) },
                outputFiles: [output])
        ]
    }

    /// The paths of the files below a folder, sorted, without hidden files.
    private static func files(below folder: String, in root: URL) throws -> [String] {
        let manager = FileManager.default
        let start = root.appending(path: folder).path(percentEncoded: false)
        return try manager.subpathsOfDirectory(atPath: start).sorted().filter { name in
            var isFolder: ObjCBool = false
            return !name.split(separator: "/").contains { $0.hasPrefix(".") }
                && manager.fileExists(atPath: start + "/" + name, isDirectory: &isFolder) && !isFolder.boolValue
        }.map { folder + "/" + $0 }
    }
}
