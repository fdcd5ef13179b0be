import Commands
import JSON

/// The fields of the command `message.post`. The socket of the sender is not one of them: the server adds it.
struct Message: Sendable {
    /// What was said: 1 to 4,096 characters with at least one that is not whitespace.
    var text = ""
    /// The name that the sender chose: 1 to 64 characters, not verified.
    var user: String?

    static let table = FieldTable<Message>([
        Field("user", \.user, .optional(.text(1...64))),
        Field("text", \.text, .nonblankText(1...4_096), isRequired: true),
    ])
}

/// A message as its event in the log has it.
struct PostedMessage: Sendable, Equatable {
    /// The id of the sender's socket; nil for a message that was not sent over Socket.IO.
    let socket: String?
    /// The name that the sender chose.
    let user: String?
    /// What was said, unchanged.
    let text: String

    /// Reads the data of a `message.posted` event.
    ///
    /// - Returns: nil for data that `MarketplaceState` does not count as a message: imported events may have any data.
    init?(_ data: JSONValue) {
        var message = Message()
        guard let object = data.object, (try? Message.table.fill(&message, from: object, isNew: true)) != nil else {
            return nil
        }
        socket = object["socket"]?.string
        user = message.user
        text = message.text
    }
}
