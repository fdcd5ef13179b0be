package import EventLog
package import JSON

/// The definition of an application as the log stores it, with the offsets since which its collections are in force.
///
/// The stored text is `{"collections":{"orders":{"id":"orders@1f2e…","since":17}},"definition":ARCHIVE}`, where
/// `ARCHIVE` is `ApplicationDefinition.archive`.
package struct StoredDefinition: Sendable {
    /// The definition of one collection, and the offset since which the definition is in force.
    package struct Collection: Sendable, Hashable {
        /// Identifies the definition of the collection.
        package let id: String
        /// The offset of the last event when the definition came into force; `start` when the log never had another
        /// one.
        package let since: Offset
        package init(id: String, since: Offset) { (self.id, self.since) = (id, since) }
    }

    /// `ApplicationDefinition.archive`.
    package let archive: [UInt8]
    /// The collections by their names.
    package let collections: [ExactText: Collection]

    package init(archive: [UInt8], collections: [ExactText: Collection]) {
        (self.archive, self.collections) = (archive, collections)
    }

    /// Reads what the log stores.
    ///
    /// - Returns: nil when the bytes are not a stored definition.
    package init?(_ bytes: [UInt8]) {
        var archive: [UInt8]?
        var stored: JSONObject?
        do throws(JSONError) {
            try bytes.span.bytes.withUnsafeBytes { text throws(JSONError) in
                // The archive has files with a depth of their own.
                try JSONText.visitMembers(of: text, maximumDepth: JSONValue.deepestMaximumDepth) { member in
                    switch member.key {
                    case "definition": archive = Array(member.value)
                    case "collections": stored = (try? JSONValue(parsing: Array(member.value)))?.object
                    default: break
                    }
                }
            }
        } catch {
            return nil
        }
        guard let archive, let stored else { return nil }
        var collections: [ExactText: Collection] = [:]
        for (name, value) in stored.entries {
            guard let id = value["id"]?.string, let since = value["since"]?.int, since >= 0 else { return nil }
            collections[name] = Collection(id: id, since: Offset(UInt64(since)))
        }
        self.init(archive: archive, collections: collections)
    }

    /// The text that the log stores; equal values have equal bytes.
    package var bytes: [UInt8] {
        var stored = JSONObject()
        for (name, collection) in collections.sorted(by: { $0.key < $1.key }) {
            stored[name.text] = [
                "id": .string(collection.id), "since": .number(JSONNumber(collection.since.rawValue)),
            ]
        }
        return Array(#"{"collections":"#.utf8) + JSONValue.object(stored).bytes + Array(#","definition":"#.utf8)
            + archive
            + Array("}".utf8)
    }

    /// The definition.
    ///
    /// - Throws: the faults of the definition.
    package var definition: ApplicationDefinition {
        get throws(ApplicationFaults) { try ApplicationDefinition(archive: archive) }
    }
}
