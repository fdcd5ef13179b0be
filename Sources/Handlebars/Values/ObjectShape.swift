/// The fields that all objects of a kind have, with how each is read from a model.
///
/// The names are hashed and put in order once, so that making an object costs little more than its values. Meant
/// for the rows of a list:
///
/// ```swift
/// let row: ObjectShape<Product> = ["id": { Value($0.id) }, "title": { .string($0.title) }]
/// let page = try template.render(["products": .list(products, row)])
/// ```
public struct ObjectShape<Model>: Sendable, ExpressibleByDictionaryLiteral {
    /// How a field is read.
    public typealias Field = @Sendable (Model) -> Value

    private let fields: [(key: FieldName, read: Field)]
    private let order: Object.Storage.Order

    /// Fields in this order, but those named as array indices first, as in every object.
    ///
    /// No name twice, which is a programming error.
    public init(_ fields: [(name: String, read: Field)]) {
        let model = fields.reduce(into: Object()) { $0[$1.name] = .undefined }
        precondition(model.count == fields.count, "a shape has each field once")
        let readers = Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0.read) })
        self.fields = model.keys.map { (FieldName($0), readers[$0]!) }
        order = model.storage.order
    }

    /// Fields in this order, but those named as array indices first.
    public init(dictionaryLiteral elements: (String, Field)...) {
        self.init(elements.map { ($0.0, $0.1) })
    }

    /// The names of the fields in order.
    public var names: [String] { fields.map(\.key.text) }

    /// The object for a model: every field is read now.
    public func object(of model: Model) -> Object {
        var entries: [Object.Entry] = []
        entries.reserveCapacity(fields.count)
        for (key, read) in fields {
            entries.append(Object.Entry(hash: key.hash, key: key.text, value: read(model)))
        }
        return Object(storage: Object.Storage(entries, order: order))
    }
}

extension Value {
    /// An array with an object for each element of a collection, made one at a time as `list(count:)` says.
    public static func list<Rows: RandomAccessCollection & Sendable>(
        _ rows: Rows, _ shape: ObjectShape<Rows.Element>
    ) -> Value {
        list(rows) { .object(shape.object(of: $0)) }
    }
}
