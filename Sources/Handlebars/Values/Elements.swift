extension Value {
    /// The elements of an array: values that are there, or values made one at a time when a template comes to them.
    ///
    /// Templates and helpers see no difference, but that an element which is made has no identity of its own:
    /// made twice, it is two objects that look alike.
    public struct Elements: Sendable {
        private enum Storage {
            case held([Value])
            case made(Maker)
        }

        /// Its identity is the array's identity.
        private final class Maker: Sendable {
            let count: Int
            let element: @Sendable (Int) -> Value

            init(count: Int, _ element: @escaping @Sendable (Int) -> Value) {
                self.count = count
                self.element = element
            }
        }

        private let storage: Storage

        /// These values.
        public init(_ values: [Value]) {
            storage = .held(values)
        }

        init(count: Int, _ element: @escaping @Sendable (Int) -> Value) {
            storage = .made(Maker(count: count, element))
        }

        /// Whether both are the same array, as JavaScript compares arrays.
        func isSame(as other: Elements) -> Bool {
            switch (storage, other.storage) {
            case (.held(let one), .held(let two)):
                one.withUnsafeBufferPointer { $0.baseAddress } == two.withUnsafeBufferPointer { $0.baseAddress }
            case (.made(let one), .made(let two)): one === two
            default: false
            }
        }
    }
}

extension Value.Elements: RandomAccessCollection {
    /// Always 0.
    public var startIndex: Int { 0 }

    /// How many elements there are.
    public var endIndex: Int {
        switch storage {
        case .held(let values): values.count
        case .made(let maker): maker.count
        }
    }

    /// The element at an index, made anew each time if it is one that is made.
    public subscript(index: Int) -> Value {
        switch storage {
        case .held(let values): return values[index]
        case .made(let maker):
            precondition(index >= 0 && index < maker.count, "index \(index) is not one of \(maker.count) elements")
            return maker.element(index)
        }
    }
}

extension Value.Elements: ExpressibleByArrayLiteral {
    /// These values.
    public init(arrayLiteral elements: Value...) { self.init(elements) }
}

extension Value {
    /// An array of values that are there.
    public static func array(_ values: [Value]) -> Value { .array(Elements(values)) }

    /// An array whose elements are made one at a time, so that a page over a million rows never holds a million.
    ///
    /// It is an array to templates and helpers in every respect: `{{#if}}`, `{{#each}}`, `length`, `rows.[7]`.
    /// Nothing is kept: an element is made each time it is asked for, and a loop has one at a time.
    ///
    /// - Parameters:
    ///   - count: how many there are, 0 or more.
    ///   - element: the element at an index from 0 on. Called from whatever thread renders, perhaps from several
    ///     at once. What can fail belongs into a `.lazy` field of it, which may throw.
    public static func list(count: Int, _ element: @escaping @Sendable (_ index: Int) -> Value) -> Value {
        precondition(count >= 0, "an array has no fewer than 0 elements")
        return .array(Elements(count: count, element))
    }

    /// As `list(count:)`, with an element for each one of a collection, which is held but not copied.
    public static func list<Rows: RandomAccessCollection & Sendable>(
        _ rows: Rows, _ element: @escaping @Sendable (Rows.Element) -> Value
    ) -> Value {
        list(count: rows.count) { element(rows[rows.index(rows.startIndex, offsetBy: $0)]) }
    }
}

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
