public import JSON

/// A named field of a value, with the rule for what it may hold.
public struct Field<Target: Sendable>: Sendable {
    /// The name of the field in JSON.
    public let name: String
    /// Whether a new value needs the field.
    public let isRequired: Bool
    /// What the rule accepts, in words that follow "must be".
    public let expectation: String
    let read: @Sendable (JSONValue, inout Target) throws(Mismatch) -> Void
    /// Returns the value of the field as JSON; nil when the field is left out.
    let write: @Sendable (Target) -> JSONValue?

    /// Makes a field of a property.
    ///
    /// - Parameters:
    ///   - name: the name of the field in JSON.
    ///   - path: the property.
    ///   - rule: what the field may hold.
    ///   - isRequired: whether a new value needs the field.
    public init<Value: Sendable>(
        _ name: String, _ path: any WritableKeyPath<Target, Value> & Sendable, _ rule: FieldRule<Value>,
        isRequired: Bool = false
    ) {
        self.name = name
        self.isRequired = isRequired
        expectation = rule.expectation
        read = { (json, target) throws(Mismatch) in target[keyPath: path] = try rule.read(json) }
        write = { target in rule.write(target[keyPath: path]) }
    }
}

/// The fields of a type: reads them from a JSON object, writes them, and compares two values.
///
/// ```swift
/// let table = FieldTable<Order>([
///     Field("customer", \.customer, .nonblankText(1...64), isRequired: true),
///     Field("quantity", \.quantity, .integer(1...100)),
/// ])
/// ```
public struct FieldTable<Target: Sendable>: Sendable {
    /// The fields, in the order in which they are checked and written.
    public let fields: [Field<Target>]

    /// Makes a table of fields.
    ///
    /// - Parameter fields: the fields, in the order in which they are checked and written.
    public init(_ fields: [Field<Target>]) {
        self.fields = fields
    }

    /// The names of the fields, in order.
    public var names: [String] { fields.map(\.name) }

    /// Sets each field that the object has, and ignores other members of the object.
    ///
    /// - Parameters:
    ///   - target: the value to change.
    ///   - object: the object to read.
    ///   - isNew: whether the object must have the required fields.
    /// - Throws: `missing` or `invalid` for the first field that is wrong, in the order of the table.
    public func fill(_ target: inout Target, from object: JSONObject, isNew: Bool) throws(Refusal) {
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
    public func write(_ target: Target, into object: inout JSONObject) {
        for field in fields { object[field.name] = field.write(target) }
    }

    /// The fields whose values differ, with the new values, in the order of the table.
    ///
    /// A field that the new value leaves out is not among them.
    public func changes(from old: Target, to new: Target) -> [(name: String, value: JSONValue)] {
        fields.compactMap { field in
            guard let value = field.write(new), value != field.write(old) else { return nil }
            return (field.name, value)
        }
    }
}

extension FieldTable {
    /// Sets the fields of a new value from an object, and refuses other members of the object.
    ///
    /// - Parameters:
    ///   - target: the new value.
    ///   - data: the object to read.
    ///   - name: the command or Socket.IO event that the data belong to, for the message.
    /// - Throws: `unknown-field`, or what `fill(_:from:isNew:)` throws.
    public func fill(_ target: inout Target, from data: JSONValue, of name: String) throws(Refusal) {
        guard let object = data.object else {
            throw .notAnObject(data, of: name)
        }
        try object.refuseFields(besides: names, of: name)
        try fill(&target, from: object, isNew: true)
    }
}
