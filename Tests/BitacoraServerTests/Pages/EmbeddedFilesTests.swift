import Foundation
import Marketplace
import Testing
@testable import BitacoraServer

@Suite struct EmbeddedFilesTests {
    @Test(
        "the executable contains every template, asset and demo event as on disk",
        arguments: [
            ("server", Project.views + "/server", ViewFiles.server.memory),
            ("marketplace", Project.views + "/marketplace", Marketplace().files.memory),
            (
                "seed", Project.seed,
                Dictionary(uniqueKeysWithValues: Marketplace().seed.map { ($0.name, $0.contents) })
            ),
        ] as [(String, String, [String: [UInt8]])])
    func files(name: String, directory: String, carried: [String: [UInt8]]) throws {
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
