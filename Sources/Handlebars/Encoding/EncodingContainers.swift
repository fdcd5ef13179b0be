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

/// An optional without a value is `null`, where the protocol's own versions leave it out.
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

    // The protocol's own versions of these two refuse.
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

/// A value on its own.
struct SingleBuilder: SingleValueEncodingContainer {
    let builder: ValueBuilder

    var codingPath: [any CodingKey] { builder.codingPath }

    func encodeNil() { builder.setSingle(.null) }
    func encode(_ model: some Encodable) throws { try builder.setSingle(model) }
    func encode(_ model: Int128) throws { try builder.setSingle(model) }
    func encode(_ model: UInt128) throws { try builder.setSingle(model) }
}

/// A key that no type declares: the name of a dictionary's entry, the place of an element.
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
