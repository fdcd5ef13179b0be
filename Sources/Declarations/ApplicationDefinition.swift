package import KeyedRows

/// An application declared in a folder: topics with schemas, collections, commands and pages. Pure data.
package struct ApplicationDefinition: Sendable {
    /// The files that the definition was read from, by their paths: `app.json`, everything below `schemas/` that ends
    /// with `.json`, and without contents the templates, partials and layouts that its pages name.
    package let files: [String: [UInt8]]
    /// The title of the application; nil when the definition has no `name`.
    package let name: String?
    package let topics: TopicRules
    /// The collections with `from`, each with those grouped from it, in the order of the definition.
    package let collections: [CollectionDefinition]
    package let commands: [DeclaredCommand]
    package let pages: [DeclaredPage]

    init(
        files: [String: [UInt8]], topics: TopicRules, collections: [CollectionDefinition], commands: [DeclaredCommand],
        pages: [DeclaredPage], name: String? = nil
    ) {
        (self.files, self.name, self.topics, self.collections) = (files, name, topics, collections)
        (self.commands, self.pages) = (commands, pages)
    }

    /// Reads an application.
    ///
    /// - Parameter files: `app.json` and every file below `schemas/`, and the names of the views below `views/` (their
    ///   contents are not used), by their paths relative to the folder. Other files are ignored.
    /// - Throws: every fault at once, at most `ApplicationFaults.maximum`, by file and then by position.
    package init(files: [String: [UInt8]]) throws(ApplicationFaults) {
        let faults = FaultList()
        let sources = SourceFiles(files, faults)
        let definition = DefinitionReader(sources, faults).read()
        try faults.throwAny(in: files)
        // A definition without faults has a value: whatever makes it nil is a fault.
        guard let definition else { preconditionFailure("app.json was not read, and no fault says why") }
        self = definition
    }

    /// The largest `app.json` or schema, in bytes.
    package static let maximumFileBytes = 1 << 20
    /// The most files: `app.json`, schemas and views together.
    package static let maximumFiles = 1000
    /// The largest size of `app.json` and all schemas together, in bytes.
    package static let maximumTotalBytes = 16 << 20
}
