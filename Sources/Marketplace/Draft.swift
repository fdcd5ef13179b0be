public import JSON

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

extension FieldTable {
    /// Sets the fields of a new value from an object that has them and nothing else.
    ///
    /// - Parameter name: what the object is said to be in a refusal.
    fileprivate func fill(_ target: inout Target, from data: JSONValue, of name: String) throws(Refusal) {
        guard let object = data.object else {
            throw Refusal(code: .invalid, message: "the data of \(name) must be an object, not \(data.kindName)")
        }
        for (key, _) in object.entries where !names.contains(key) { throw .unknownField(key, of: name, fields: names) }
        try fill(&target, from: object, isNew: true)
    }
}
