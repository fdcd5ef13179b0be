import EventLog
import Handlebars
import Inspection
import JSON
import Marketplace

/// A message of the log as a line of the chat page.
struct ChatMessage: Sendable {
    let offset: Offset
    private let time: Timestamp
    private let source: String?
    private let message: PostedMessage

    /// - Returns: nil for an event that is no message, whatever it calls itself.
    init?(_ event: Event) {
        guard case .json(let bytes) = event.data, let data = try? JSONValue(parsing: bytes),
            let message = PostedMessage(data)
        else { return nil }
        (offset, time, source) = (event.offset, event.time, event.source)
        self.message = message
    }

    /// As the templates see it. What others wrote is shown and not obeyed.
    static let shape: ObjectShape<ChatMessage> = [
        "offset": { Value($0.offset.rawValue) },
        "time": { .string($0.time.description) },
        "date": { .string(String($0.time.shown.prefix(10))) },
        "clock": { .string(String($0.time.shown.dropFirst(11).prefix(8))) },
        // Who spoke over no socket is known by the way they came.
        "socket": { .string(ShownText.escaped($0.message.socket ?? $0.source ?? "unknown")) },
        "user": { .string(ShownText.escaped($0.message.user ?? "")) },
        "text": { .string(ShownText.escaped($0.message.text.replacing("\t", with: "    "), keepsNewlines: true)) },
    ]

    /// A line with nothing in it, which the page's script clones.
    static let blank = Value.object(shape.names.reduce(into: Object()) { $0[$1] = "" })
}
