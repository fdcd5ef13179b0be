import EventLog
import Handlebars
import Inspection
import Marketplace

/// A run of the chat's messages, the oldest first.
struct ChatHistory: Sendable {
    /// How many messages a page has.
    static let pageSize = 200

    let messages: [ChatMessage]
    /// What to ask for to see those before: `nil` when these are the first.
    let earlier: Offset?

    /// Reads the last messages before an offset. A damaged event is left out; the inspector shows it.
    init(before: Offset, in log: EventLog) throws {
        let filter = EventFilter(
            topics: [TopicPattern(MarketplaceTopic.chat)].compactMap { $0 }, types: [MarketplaceEventType.messagePosted]
        )
        var offsets: [Offset] = []
        // One more tells whether there are any before.
        try LogReader(log, EventSelection(filter: filter), damage: Damage()).visitBackward(end: before.previous) {
            offset in
            offsets.append(offset)
            return offsets.count <= Self.pageSize
        }
        earlier = offsets.count > Self.pageSize ? offsets[Self.pageSize - 1] : nil
        messages = try offsets.prefix(Self.pageSize).reversed().compactMap {
            try log.event(at: $0).flatMap(ChatMessage.init)
        }
    }
}
