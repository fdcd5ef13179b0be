internal import Base64

extension NewEvent {
    private static let numberDigits = 12
    private static let hashDigits = 16

    /// Makes an id for an imported event without one, from the event's number and content.
    ///
    /// The id is `000000000017-9f86d081884c7d65`: the number in twelve digits or more, and the first eight bytes of a digest
    /// of everything but the id. The same event with the same number gets the same id. Ids ascend with the numbers, so each
    /// is added at the end of the index of ids; random ids would each change another page of the index.
    ///
    /// - Parameter number: the offset or the line of the event in the file.
    package func contentID(number: UInt64) -> String {
        var hash = bytesWithoutID.withUnsafeBytes { Digest(of: $0) }.high.byteSwapped
        let digits = String(number)
        let zeros = max(0, Self.numberDigits - digits.utf8.count)
        let count = zeros + digits.utf8.count + 1 + Self.hashDigits
        return String(unsafeUninitializedCapacity: count) { buffer in
            for index in 0..<zeros { buffer[index] = UInt8(ascii: "0") }
            for (index, digit) in digits.utf8.enumerated() { buffer[zeros + index] = digit }
            buffer[count - Self.hashDigits - 1] = UInt8(ascii: "-")
            for index in count - Self.hashDigits..<count {
                buffer[index] = Hexadecimal.digit(UInt8(hash >> 60))
                hash <<= 4
            }
            return count
        }
    }

    /// Everything but the id, as unambiguous bytes: each field after its length.
    private var bytesWithoutID: [UInt8] {
        let names = [topic, type, source ?? ""]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(names.reduce(data.count + 48) { $0 + $1.utf8.count })
        append((time ?? RecordLayout.undated).rawValue, to: &bytes)
        for name in names {
            append(Int64(name.utf8.count), to: &bytes)
            bytes.append(contentsOf: name.utf8)
        }
        switch data {
        case .json(let text):
            append(1, to: &bytes)
            bytes.append(contentsOf: text)
        case .bytes(let raw):
            append(0, to: &bytes)
            bytes.append(contentsOf: raw)
        }
        return bytes
    }

    private func append(_ number: Int64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
}

extension NewEvent {
    /// Makes the id for an event of another system, in which only source and id together are unique.
    ///
    /// The id is the source, a space and the id: `https://example.com/shop A234`. When this text is too long for an id, or
    /// the source contains a space, which no URI does, the id is a digest of the text, 32 hexadecimal digits: otherwise
    /// `a b` with `c` and `a` with `b c` would have the same id. For a source with a space the digest also covers a leading
    /// space and the length of the source, so its input differs from every other input.
    ///
    /// - Parameter source: not empty.
    package static func externalID(source: String, id: String) -> String {
        let hasSpace = source.utf8.contains(UInt8(ascii: " "))
        let both = hasSpace ? " \(source.utf8.count) \(source) \(id)" : "\(source) \(id)"
        guard hasSpace || both.utf8.count > EventLimits.id else { return both }
        return Array(both.utf8).withUnsafeBytes { Digest(of: $0) }.description
    }
}

extension EventView {
    /// Whether both events have the same topic, type and data: then the second is a retry of the first if their ids are
    /// equal, too.
    func hasSameContent(as other: borrowing EventView) -> Bool {
        topic.isEqual(other.topic) && type.isEqual(other.type) && isJSON == other.isJSON && data.isEqual(other.data)
    }

    /// A digest of 16 bytes, which is equal for two events exactly when `hasSameContent(as:)` is true, except for
    /// collisions.
    package var contentDigest: [UInt8] {
        EventLog.contentDigest(topic: topic.array, type: type.array, isJSON: isJSON, data: data.array)
    }
}

extension NewEvent {
    /// The `EventView.contentDigest` of the event after its append.
    package var contentDigest: [UInt8] {
        switch data {
        case .json(let text):
            EventLog.contentDigest(topic: Array(topic.utf8), type: Array(type.utf8), isJSON: true, data: text)
        case .bytes(let raw):
            EventLog.contentDigest(topic: Array(topic.utf8), type: Array(type.utf8), isJSON: false, data: raw)
        }
    }
}

extension EventLog {
    /// The first bytes of a digest of the fields, each preceded by its length.
    fileprivate static func contentDigest(topic: [UInt8], type: [UInt8], isJSON: Bool, data: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [isJSON ? 1 : 0]
        bytes.reserveCapacity(topic.count + type.count + data.count + 32)
        for field in [topic, type, data] {
            withUnsafeBytes(of: UInt64(field.count).littleEndian) { bytes.append(contentsOf: $0) }
            bytes += field
        }
        return bytes.withUnsafeBytes { Digest(of: $0) }.bytes
    }
}
