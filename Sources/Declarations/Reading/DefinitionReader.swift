import JSON
import KeyedRows

/// Reads `app.json`, with the help of a reader for each of its parts.
struct DefinitionReader {
    private let sources: SourceFiles
    private let faults: FaultList

    private static let keys = ["name", "topics", "collections", "commands", "pages"]
    private static let maximumNameCharacters = 64

    init(_ sources: SourceFiles, _ faults: FaultList) { (self.sources, self.faults) = (sources, faults) }

    /// - Returns: nil when there is no `app.json` that is an object.
    func read() -> ApplicationDefinition? {
        guard let document = sources.documents["app.json"] else { return nil }
        let root = Node(value: document, pointer: JSONPointer(), faults: faults)
        guard root.keys(Self.keys, mustBe: "an object with the keys \(Self.keys.joined(separator: ", "))") else {
            return nil
        }
        let name = root.child("name")?.shortText(limit: Self.maximumNameCharacters)
        var topics = root.child("topics").map { TopicsReader(sources).read($0) } ?? TopicRules()
        var reader = CollectionsReader(topics)
        let (collections, known) = reader.read(root.child("collections"))
        let commands = root.child("commands").map { CommandsReader(topics, known).read($0) } ?? []
        for command in commands { topics.add(command) }
        let pages = root.child("pages").map { PagesReader(sources, known).read($0) } ?? []
        var files = sources.contents
        for path in pages.flatMap(\.templatePaths) where sources.hasFile(path) { files[path] = [] }
        return ApplicationDefinition(
            files: files, topics: topics, collections: collections, commands: commands, pages: pages, name: name)
    }
}

extension DeclaredPage {
    /// The paths of the templates that the page names.
    fileprivate var templatePaths: [String] {
        [SourceFiles.path(of: template, .template)]
            + (row.map { [SourceFiles.path(of: $0, .partial)] } ?? [])
            + (layout.map { [SourceFiles.path(of: $0, .layout)] } ?? [])
    }
}
