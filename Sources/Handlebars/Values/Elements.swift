extension Value {
    /// The elements of an array: stored values, or values that are created one at a time when a template reads them.
    ///
    /// For templates and helpers both are the same, except that an element that is created twice is two objects with
    /// equal fields.
    public struct Elements: Sendable {
        private enum Storage {
            case stored([Value])
            case generated(Generator)
        }

        /// Creates elements. The identity of the generator is that of the array.
        private final class Generator: Sendable {
            let count: Int
            let element: @Sendable (Int) -> Value

            init(count: Int, _ element: @escaping @Sendable (Int) -> Value) {
                self.count = count
                self.element = element
            }
        }

        private let storage: Storage

        /// Creates an array of stored values.
        public init(_ values: [Value]) {
            storage = .stored(values)
        }

        init(count: Int, _ element: @escaping @Sendable (Int) -> Value) {
            storage = .generated(Generator(count: count, element))
        }

        /// Whether both are the same array, as `==` of JavaScript compares arrays.
        func isSame(as other: Elements) -> Bool {
            switch (storage, other.storage) {
            case (.stored(let one), .stored(let two)):
                one.withUnsafeBufferPointer { $0.baseAddress } == two.withUnsafeBufferPointer { $0.baseAddress }
            case (.generated(let one), .generated(let two)): one === two
            default: false
            }
        }
    }
}

extension Value.Elements: RandomAccessCollection {
    /// Always 0.
    public var startIndex: Int { 0 }

    /// The number of elements.
    public var endIndex: Int {
        switch storage {
        case .stored(let values): values.count
        case .generated(let generator): generator.count
        }
    }

    /// The element at an index; an element of a ``Value/list(count:_:)`` is created at each access.
    public subscript(index: Int) -> Value {
        switch storage {
        case .stored(let values): return values[index]
        case .generated(let generator):
            precondition(index >= 0 && index < generator.count, "index \(index) is not in 0..<\(generator.count)")
            return generator.element(index)
        }
    }
}

extension Value.Elements: ExpressibleByArrayLiteral {
    /// Creates an array of stored values.
    public init(arrayLiteral elements: Value...) { self.init(elements) }
}

extension Value {
    /// An array of stored values.
    public static func array(_ values: [Value]) -> Value { .array(Elements(values)) }

    /// An array whose elements are created one at a time, so that a page over a million rows never stores all of them.
    ///
    /// Templates and helpers can use it like any other array: `{{#if}}`, `{{#each}}`, `length`, `rows.[7]`. An element is
    /// created at each access and not kept; a loop has one element at a time.
    ///
    /// - Parameters:
    ///   - count: the number of elements, 0 or more.
    ///   - element: returns the element at an index from 0 on. Called from the threads that render, several at the same
    ///     time when the array is shared. It cannot throw; use a ``Value/lazy(_:)`` field for a value that may fail.
    public static func list(count: Int, _ element: @escaping @Sendable (_ index: Int) -> Value) -> Value {
        precondition(count >= 0, "count must not be negative")
        return .array(Elements(count: count, element))
    }

    /// An array with an element for each row of a collection, created one at a time like those of ``list(count:_:)``.
    ///
    /// The collection is kept and not copied.
    public static func list<Rows: RandomAccessCollection & Sendable>(
        _ rows: Rows, _ element: @escaping @Sendable (Rows.Element) -> Value
    ) -> Value {
        list(count: rows.count) { element(rows[rows.index(rows.startIndex, offsetBy: $0)]) }
    }
}

/// The fields of all objects of a kind, with the functions that read them from a model.
///
/// The names are hashed and sorted once, so that creating an object costs little more than its values. Useful for the
/// rows of a list:
///
/// ```swift
/// let row: ObjectShape<Product> = ["id": { Value($0.id) }, "title": { .string($0.title) }]
/// let page = try template.render(["products": .list(products, row)])
/// ```
public struct ObjectShape<Model>: Sendable, ExpressibleByDictionaryLiteral {
    /// Returns the value of a field of a model.
    public typealias Field = @Sendable (Model) -> Value

    private let fields: [(key: FieldName, read: Field)]
    private let order: Object.Storage.Order

    /// Creates a shape with fields in this order, except that array indices come first, as in every object.
    ///
    /// - Precondition: the names are different.
    public init(_ fields: [(name: String, read: Field)]) {
        let model = fields.reduce(into: Object()) { $0[$1.name] = .undefined }
        precondition(model.count == fields.count, "a shape has two fields of the same name")
        let readers = Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0.read) })
        self.fields = model.keys.map { (FieldName($0), readers[$0]!) }
        order = model.storage.order
    }

    /// Creates a shape with fields in this order, except that array indices come first.
    public init(dictionaryLiteral elements: (String, Field)...) {
        self.init(elements.map { ($0.0, $0.1) })
    }

    /// The names of the fields, in order.
    public var names: [String] { fields.map(\.key.text) }

    /// The object of a model; every field is read at once.
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
    /// An array with an object for each row of a collection, created one at a time like the elements of
    /// ``list(count:_:)``.
    public static func list<Rows: RandomAccessCollection & Sendable>(
        _ rows: Rows, _ shape: ObjectShape<Rows.Element>
    ) -> Value {
        list(rows) { .object(shape.object(of: $0)) }
    }
}
