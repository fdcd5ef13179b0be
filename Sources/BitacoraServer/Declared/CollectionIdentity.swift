import Base64
import Crypto
import JSON
import KeyedRows

/// What identifies the definition of a collection: two definitions with equal ids have the same rows at each offset.
enum CollectionIdentity {
    /// The ids of a collection and of all that are grouped from it, in the order of `CollectionDefinition.names`.
    ///
    /// The id of the collection itself is the name of its projection: `orders@1f2e3d4c5b6a`. That of a grouped
    /// collection depends on the collections it is grouped from as well. Indexes do not count.
    static func ids(of projection: CollectionProjection) -> [String] {
        [projection.name] + ids(of: projection.definition.groups, from: projection.name)
    }

    private static func ids(of groups: [GroupDefinition], from source: String) -> [String] {
        groups.flatMap { group in
            let text = JSONValue.array([.string(source), group.canonicalDescription]).bytes
            let id = "\(group.name)@" + SHA256.hash(data: text).prefix(6).hexadecimal
            return [id] + ids(of: group.groups, from: id)
        }
    }
}
