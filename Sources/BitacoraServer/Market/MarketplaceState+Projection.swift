public import EventLog
public import Marketplace

extension MarketplaceState: Projection {
    public mutating func apply(_ event: borrowing EventView) {
        guard event.isJSON else { return }
        apply(
            offset: event.offset.rawValue, time: Moment(event.time), topic: event.topicText, type: event.typeText,
            data: event.data)
    }
}

extension Moment {
    init(_ time: Timestamp) { self.init(microseconds: time.rawValue) }
}

extension Timestamp {
    init(_ moment: Moment) { self.init(microseconds: moment.microseconds) }
}
