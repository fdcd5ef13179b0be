import JSON

/// The fields of a kind of value: reads them from an object, writes them, compares them.
struct FieldTable<Target: Sendable>: Sendable {
    let fields: [Field<Target>]

    init(_ fields: [Field<Target>]) {
        self.fields = fields
    }

    var names: [String] { fields.map(\.name) }

    /// Sets each field that the object has; members that are no field are left alone.
    ///
    /// - Parameter isNew: whether required fields must be there.
    /// - Throws: a refusal that names the first field at fault, in the order of the table.
    func fill(_ target: inout Target, from object: JSONObject, isNew: Bool) throws(Refusal) {
        for field in fields {
            guard let json = object[field.name] else {
                if isNew, field.isRequired { throw .missing(field.name, mustBe: field.expectation) }
                continue
            }
            do throws(Mismatch) {
                try field.read(json, &target)
            } catch {
                throw .invalid(field.name, mustBe: field.expectation, found: error.found)
            }
        }
    }

    /// Adds every field to the object.
    func write(_ target: Target, into object: inout JSONObject) {
        for field in fields { object[field.name] = field.write(target) }
    }

    /// The new values of the fields that differ.
    func changes(from old: Target, to new: Target) -> [(name: String, value: JSONValue)] {
        fields.compactMap { field in
            guard let value = field.write(new), value != field.write(old) else { return nil }
            return (field.name, value)
        }
    }
}
