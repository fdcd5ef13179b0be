public import Commands
public import JSON

/// What `message.post` says. The fields are those of the command; the socket is not one of them.
struct Message: Sendable {
    var text = ""
    var user: String?

    static let table = FieldTable<Message>([
        Field("user", \.user, .optional(.text(1...64))),
        Field("text", \.text, .writing(1...4_096), isRequired: true),
    ])
}

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

/// What somebody is writing and has not sent yet: `chat.draft`.
///
/// Others see it while it is written. It is no command, and nothing of it is ever appended.
public struct Draft: Sendable, Equatable {
    /// How clients call it, and what others are sent.
    public static let name = "chat.draft"

    /// What stands in the field, at most as much as a message may have; empty when nothing does any more.
    public fileprivate(set) var text = ""
    /// Who they say they are.
    public fileprivate(set) var user: String?

    fileprivate static let table = FieldTable<Draft>([
        Field("text", \.text, .text(0...4_096), isRequired: true),
        Field("user", \.user, .optional(.text(1...64))),
    ])

    /// A draft as a client sent it.
    ///
    /// - Throws: what is wrong with it, and with which field.
    public init(_ data: JSONValue) throws(Refusal) {
        try Self.table.fill(&self, from: data, of: Self.name)
    }
}

/// What somebody says who wants to be among those present in the chat: `chat.join`.
public struct Attendance: Sendable, Equatable {
    /// How clients call it.
    public static let name = "chat.join"

    /// Who they say they are; nil for nobody in particular.
    public fileprivate(set) var user: String?

    fileprivate static let table = FieldTable<Attendance>([Field("user", \.user, .optional(.text(1...64)))])

    /// What a client sent.
    ///
    /// - Throws: what is wrong with it, and with which field.
    public init(_ data: JSONValue) throws(Refusal) {
        try Self.table.fill(&self, from: data, of: Self.name)
    }
}
