import Embedded
import Foundation
import Testing

@Suite struct EmbeddedFilesTests {
    @Test(
        "the executable carries every file of Views and Data/seed as it is",
        arguments: [
            (EmbeddedFiles.views, Project.views), (EmbeddedFiles.seed, Project.seed),
        ])
    func files(folder: String, directory: String) throws {
        let carried = EmbeddedFiles.files(below: folder)
        var names: Set<String> = []
        for name in try FileManager.default.subpathsOfDirectory(atPath: directory) {
            guard let bytes = FileManager.default.contents(atPath: directory + "/" + name), !name.contains("/."),
                !name.hasPrefix(".")
            else { continue }
            names.insert(name)
            #expect(carried[name] == [UInt8](bytes), "\(name)")
        }
        #expect(!names.isEmpty)
        #expect(Set(carried.keys) == names)
    }
}
