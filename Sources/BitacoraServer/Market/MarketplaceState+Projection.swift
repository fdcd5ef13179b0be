public import EventLog
public import Marketplace

extension MarketplaceState: Projection {
    public mutating func apply(_ event: borrowing EventView) {
        guard event.isJSON else { return }
        apply(offset: event.offset.rawValue, topic: event.topicText, type: event.typeText, data: event.data)
    }
}
