import JSON

/// Goes through a payload and compares its placeholders with the attachments that are announced.
struct PlaceholderCheck {
    private var isTaken: [Bool]

    init(attachmentCount: Int) {
        isTaken = Array(repeating: false, count: attachmentCount)
    }

    /// - Throws: when a placeholder's `num` is not one of the attachments', or stands in another, too.
    mutating func visit(_ value: JSONValue) throws(PacketError) {
        switch value {
        case .array(let items):
            for item in items { try visit(item) }
        case .object(let object):
            if object["_placeholder"]?.bool == true { try take(object["num"]?.int) }
            for (_, member) in object.entries { try visit(member) }
        case .null, .bool, .number, .string:
            break
        }
    }

    private mutating func take(_ number: Int?) throws(PacketError) {
        guard let number, isTaken.indices.contains(number) else {
            throw PacketError("a placeholder stands for no attachment")
        }
        guard !isTaken[number] else { throw PacketError("two placeholders stand for one attachment") }
        isTaken[number] = true
    }
}
