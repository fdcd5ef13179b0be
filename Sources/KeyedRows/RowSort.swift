import JSON
package import Inspection

/// The order of rows: `-placed,customer`; ties by key. Without fields the order of keys.
package struct RowSort: Sendable, Hashable, CustomStringConvertible {
    /// A field by which rows are sorted.
    package struct Field: Sendable, Hashable {
        package var name: String
        package var descends: Bool
        package init(_ name: String, descends: Bool = false) { (self.name, self.descends) = (name, descends) }
        package static func == (left: Field, right: Field) -> Bool {
            left.name.hasSameBytes(as: right.name) && left.descends == right.descends
        }
    }

    /// The most fields of a sort that is read from text.
    package static let maximumFields = 4
    package var fields: [Field]
    package init(_ fields: [Field] = []) { self.fields = fields }

    /// Reads names that are separated by commas, each with a `-` before it for descending order.
    ///
    /// - Throws: when a name is empty or repeated, or there are too many.
    package init(_ text: String) throws(InvalidParameter) {
        let names = text.split(separator: ",", omittingEmptySubsequences: false)
        guard names.count <= Self.maximumFields else {
            throw InvalidParameter("sort", text, "has \(names.count) fields", "the limit is \(Self.maximumFields)")
        }
        fields = []
        for name in names {
            let field = Field(String(name.first == "-" ? name.dropFirst() : name), descends: name.first == "-")
            guard !field.name.isEmpty else {
                throw InvalidParameter("sort", text, "has an empty name", "write field, -field or a,-b")
            }
            guard !fields.contains(where: { $0.name.hasSameBytes(as: field.name) }) else {
                throw InvalidParameter("sort", text, "names \(field.name.prefix(64)) twice")
            }
            fields.append(field)
        }
    }

    package var description: String {
        fields.map { ($0.descends ? "-" : "") + $0.name }.joined(separator: ",")
    }
}
