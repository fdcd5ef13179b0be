/// An `Encoder` for one value, with the content that has been encoded so far.
final class ValueBuilder {
    private enum Content {
        case nothing
        case single(Value)
        case array([Value])
        case object(Object)
    }

    let session: EncodingSession
    let depth: Int
    private let parent: ValueBuilder?
    private let key: (any CodingKey)?
    private var content = Content.nothing
    /// Containers that were requested and may still grow, with their positions in `content`.
    private var open: [(slot: Slot, builder: ValueBuilder)] = []

    private enum Slot {
        case field(String)
        case element(Int)
    }

    init(_ session: EncodingSession, parent: ValueBuilder?, key: (any CodingKey)?) {
        self.session = session
        self.parent = parent
        self.key = key
        depth = (parent?.depth ?? 0) + 1
    }

    /// The encoded value, including the current content of the containers in it.
    func finished() -> Value {
        for (slot, builder) in open {
            let value = builder.finished()
            switch slot {
            case .field(let name): change { (object: inout Object) in object[name] = value }
            case .element(let index): change { (elements: inout [Value]) in elements[index] = value }
            }
        }
        return switch content {
        case .nothing: .object(Object())
        case .single(let value): value
        case .array(let elements): .array(elements)
        case .object(let object): .object(object)
        }
    }
}

// MARK: Content

extension ValueBuilder {
    func setSingle(_ model: some Encodable) throws {
        setSingle(try session.value(of: model, parent: self, key: nil))
    }

    func setSingle(_ value: Value) {
        if case .nothing = content {
            content = .single(value)
        } else {
            session.fail("the model encodes a single value and other values", at: self)
        }
    }

    func startObject(capacity: Int = 8) {
        switch content {
        case .nothing: content = .object(Object(minimumCapacity: capacity))
        case .object: break  // A subclass continues the container of its superclass.
        case .single, .array:
            session.fail("the model requests a keyed container for a value that is not an object", at: self)
        }
    }

    func startArray() {
        switch content {
        case .nothing: content = .array([])
        case .array: break
        case .single, .object:
            session.fail("the model requests an unkeyed container for a value that is not an array", at: self)
        }
    }

    func setNull(_ key: some CodingKey) {
        change { (object: inout Object) in object[key.stringValue] = .null }
    }

    func set(_ key: some CodingKey, to model: some Encodable) throws {
        let value = try session.value(of: model, parent: self, key: key)
        change { (object: inout Object) in object[key.stringValue] = value }
    }

    /// A container for a field; later calls for the same field return the same container.
    func builder(for key: some CodingKey) -> ValueBuilder {
        let name = key.stringValue
        for case (.field(name), let builder) in open { return builder }
        let builder = child(key)
        change { (object: inout Object) in object[name] = .null }
        open.append((.field(name), builder))
        return builder
    }

    var count: Int {
        if case .array(let elements) = content { elements.count } else { 0 }
    }

    func append(_ value: Value) {
        change { (elements: inout [Value]) in elements.append(value) }
    }

    func append(_ model: some Encodable) throws {
        append(try session.value(of: model, parent: self, key: AnyKey(count)))
    }

    /// A container for the next element.
    func appendBuilder() -> ValueBuilder {
        let builder = child(AnyKey(count))
        open.append((.element(count), builder))
        append(.null)
        return builder
    }

    private func child(_ key: any CodingKey) -> ValueBuilder {
        let builder = ValueBuilder(session, parent: self, key: key)
        if builder.depth > session.settings.maximumDepth {
            session.fail("the model is more than \(session.settings.maximumDepth) levels deep", at: builder)
        }
        return builder
    }

    /// Changes the object in place. Does nothing for another kind of content, which has been reported as an error.
    private func change(_ body: (inout Object) -> Void) {
        guard case .object(var object) = content else { return }
        content = .nothing
        body(&object)
        content = .object(object)
    }

    private func change(_ body: (inout [Value]) -> Void) {
        guard case .array(var elements) = content else { return }
        content = .nothing
        body(&elements)
        content = .array(elements)
    }
}

// MARK: Encoder

extension ValueBuilder: Encoder {
    var codingPath: [any CodingKey] {
        var path: [any CodingKey] = []
        var builder: ValueBuilder? = self
        while let current = builder {
            if let key = current.key { path.append(key) }
            builder = current.parent
        }
        return path.reversed()
    }

    var userInfo: [CodingUserInfoKey: Any] { session.settings.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        startObject()
        return KeyedEncodingContainer(KeyedBuilder(builder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        startArray()
        return UnkeyedBuilder(builder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleBuilder(builder: self) }
}

/// The fields of an object as they are encoded.
struct KeyedBuilder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let builder: ValueBuilder

    var codingPath: [any CodingKey] { builder.codingPath }

    func encodeNil(forKey key: Key) { builder.setNull(key) }

    func encode(_ model: some Encodable, forKey key: Key) throws { try builder.set(key, to: model) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        builder.builder(for: key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        builder.builder(for: key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { builder.builder(for: AnyKey("super")) }

    func superEncoder(forKey key: Key) -> any Encoder { builder.builder(for: key) }
}

/// An optional without a value is `null`; the default implementations of the protocol omit it.
extension KeyedBuilder {
    func encodeIfPresent(_ model: (some Encodable)?, forKey key: Key) throws { try present(model, key) }
    func encodeIfPresent(_ model: Bool?, forKey key: Key) throws { try present(model, key) }
    func encodeIfPresent(_ model: String?, forKey key: Key) throws { try present(model, key) }
    func encodeIfPresent(_ model: Double?, forKey key: Key) throws { try present(model, key) }
    func encodeIfPresent(_ model: Float?, forKey key: Key) throws { try present(model, key) }
    func encodeIfPresent(_ model: Int?, forKey key: Key) throws { try present(model, key) }
    func encodeIfPresent(_ model: Int8?, forKey key: Key) throws { try present(model, key) }
    func encodeIfPresent(_ model: Int16?, forKey key: Key) throws { try present(model, key) }
    func encodeIfPresent(_ model: Int32?, forKey key: Key) throws { try present(model, key) }
    func encodeIfPresent(_ model: Int64?, forKey key: Key) throws { try present(model, key) }
    func encodeIfPresent(_ model: Int128?, forKey key: Key) throws { try present(model, key) }
    func encodeIfPresent(_ model: UInt?, forKey key: Key) throws { try present(model, key) }
    func encodeIfPresent(_ model: UInt8?, forKey key: Key) throws { try present(model, key) }
    func encodeIfPresent(_ model: UInt16?, forKey key: Key) throws { try present(model, key) }
    func encodeIfPresent(_ model: UInt32?, forKey key: Key) throws { try present(model, key) }
    func encodeIfPresent(_ model: UInt64?, forKey key: Key) throws { try present(model, key) }
    func encodeIfPresent(_ model: UInt128?, forKey key: Key) throws { try present(model, key) }

    // The default implementations of these two throw.
    func encode(_ model: Int128, forKey key: Key) throws { try builder.set(key, to: model) }
    func encode(_ model: UInt128, forKey key: Key) throws { try builder.set(key, to: model) }

    private func present(_ model: (some Encodable)?, _ key: Key) throws {
        if let model { try builder.set(key, to: model) } else { builder.setNull(key) }
    }
}

/// The elements of an array as they are encoded.
struct UnkeyedBuilder: UnkeyedEncodingContainer {
    let builder: ValueBuilder

    var codingPath: [any CodingKey] { builder.codingPath }
    var count: Int { builder.count }

    func encodeNil() { builder.append(.null) }
    func encode(_ model: some Encodable) throws { try builder.append(model) }
    func encode(_ model: Int128) throws { try builder.append(model) }
    func encode(_ model: UInt128) throws { try builder.append(model) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        builder.appendBuilder().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { builder.appendBuilder().unkeyedContainer() }

    func superEncoder() -> any Encoder { builder.appendBuilder() }
}

/// A single value.
struct SingleBuilder: SingleValueEncodingContainer {
    let builder: ValueBuilder

    var codingPath: [any CodingKey] { builder.codingPath }

    func encodeNil() { builder.setSingle(.null) }
    func encode(_ model: some Encodable) throws { try builder.setSingle(model) }
    func encode(_ model: Int128) throws { try builder.setSingle(model) }
    func encode(_ model: UInt128) throws { try builder.setSingle(model) }
}

/// A key without a declared type: the name of an entry of a dictionary, or the index of an element.
struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ name: String) {
        stringValue = name
        intValue = nil
    }

    init(_ index: Int) {
        stringValue = String(index)
        intValue = index
    }

    init(stringValue: String) { self.init(stringValue) }
    init(intValue: Int) { self.init(intValue) }
}
