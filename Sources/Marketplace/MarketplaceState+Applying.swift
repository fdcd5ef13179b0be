import JSON

extension MarketplaceState {
    /// Steps the state by one event of the log.
    ///
    /// Never fails, since what is in the log is there: events of other topics
    /// and types, data that is malformed, and events that would break what the
    /// state holds to (a code that is taken, an id that is unknown or not the
    /// next) are skipped. Members that are no field are ignored. Data is parsed
    /// only for the types above.
    ///
    /// - Parameters:
    ///   - offset: the event's place, which becomes the version of the product it changes.
    ///   - data: JSON in UTF-8.
    public mutating func apply(offset: UInt64, topic: String, type: String, data: UnsafeRawBufferPointer) {
        guard let step = Self.steps[Kind(topic: topic, type: type)],
            let object = (try? JSONValue(parsing: data))?.object
        else { return }
        step(&self, offset, object)
    }

    /// Steps the state by one event of the log; see the call that takes a buffer.
    public mutating func apply(offset: UInt64, topic: String, type: String, data: RawSpan) {
        data.withUnsafeBytes { apply(offset: offset, topic: topic, type: type, data: $0) }
    }

    /// Steps the state by one event of the log; see the call that takes a buffer.
    public mutating func apply(offset: UInt64, topic: String, type: String, data: [UInt8]) {
        apply(offset: offset, topic: topic, type: type, data: data.span.bytes)
    }

    /// Steps the state by a fact that was appended at an offset, sparing the way through bytes.
    public mutating func apply(offset: UInt64, _ fact: Fact) {
        guard let step = Self.steps[Kind(topic: fact.topic, type: fact.type)],
            let object = fact.data.object
        else { return }
        step(&self, offset, object)
    }

    private struct Kind: Hashable {
        let topic: String
        let type: String
    }

    private typealias Step = @Sendable (inout MarketplaceState, UInt64, JSONObject) -> Void

    private static let steps: [Kind: Step] = [
        Kind(topic: MarketplaceTopic.products, type: MarketplaceEventType.productCreated): {
            $0.productCreated(at: $1, $2)
        },
        Kind(topic: MarketplaceTopic.products, type: MarketplaceEventType.productUpdated): {
            $0.productUpdated(at: $1, $2)
        },
        Kind(topic: MarketplaceTopic.products, type: MarketplaceEventType.productDeleted): {
            $0.productDeleted($2)
        },
        Kind(topic: MarketplaceTopic.chat, type: MarketplaceEventType.messagePosted): {
            $0.messagePosted($2)
        },
    ]

    private mutating func productCreated(at offset: UInt64, _ data: JSONObject) {
        guard data["id"]?.int == nextProductID, nextProductID < Int.max else { return }
        var product = Product(id: nextProductID, version: offset)
        guard (try? Product.table.fill(&product, from: data, isNew: true)) != nil,
            isFree(product.code, for: product.id)
        else { return }
        insert(product)
    }

    private mutating func productUpdated(at offset: UInt64, _ data: JSONObject) {
        guard let old = data["id"]?.int.flatMap(product) else { return }
        var new = old
        new.version = offset
        guard (try? Product.table.fill(&new, from: data, isNew: false)) != nil,
            isFree(new.code, for: new.id)
        else { return }
        replace(old, with: new)
    }

    private mutating func productDeleted(_ data: JSONObject) {
        guard let product = data["id"]?.int.flatMap(product) else { return }
        remove(product)
    }

    private mutating func messagePosted(_ data: JSONObject) {
        var message = Message()
        guard (try? Message.table.fill(&message, from: data, isNew: true)) != nil else { return }
        countMessage()
    }
}
