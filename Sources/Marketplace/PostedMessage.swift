public import JSON

/// A message as its event tells it.
public struct PostedMessage: Sendable, Equatable {
    /// The socket that spoke; nil when it came another way.
    public let socket: String?
    /// Who they said they were.
    public let user: String?
    /// What was said, as it was written.
    public let text: String

    /// - Parameter data: that of a `message.posted`.
    /// - Returns: nil for data that the state does not count as a message either: whoever appends raw events may
    ///   write what they like.
    public init?(_ data: JSONValue) {
        var message = Message()
        guard let object = data.object, (try? Message.table.fill(&message, from: object, isNew: true)) != nil else {
            return nil
        }
        socket = object["socket"]?.string
        user = message.user
        text = message.text
    }
}
