/// What `message.post` says. The fields are those of the command; the socket is not one of them.
struct Message: Sendable {
    var text = ""
    var user: String?

    static let table = FieldTable<Message>([
        Field("user", \.user, .optional(.text(1...64))),
        Field("text", \.text, .writing(1...4_096), isRequired: true),
    ])
}
