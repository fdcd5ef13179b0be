extension EventView {
    /// Whether both events have the same topic, type and data: then one id can stand for both.
    func isSame(as other: borrowing EventView) -> Bool {
        topic.isEqual(other.topic) && type.isEqual(other.type) && isJSON == other.isJSON && data.isEqual(other.data)
    }

    /// 16 bytes of a digest, which two events share exactly when `isSame(as:)` is true, except for collisions.
    package var sameness: [UInt8] {
        EventLog.sameness(topic: topic.array, type: type.array, isJSON: isJSON, data: data.array)
    }
}

extension NewEvent {
    /// The same bytes as `EventView.sameness` after the event was appended.
    package var sameness: [UInt8] {
        switch data {
        case .json(let text):
            EventLog.sameness(topic: Array(topic.utf8), type: Array(type.utf8), isJSON: true, data: text)
        case .bytes(let raw):
            EventLog.sameness(topic: Array(topic.utf8), type: Array(type.utf8), isJSON: false, data: raw)
        }
    }
}

extension EventLog {
    /// The first bytes of a digest of the fields, each preceded by its length.
    fileprivate static func sameness(topic: [UInt8], type: [UInt8], isJSON: Bool, data: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [isJSON ? 1 : 0]
        bytes.reserveCapacity(topic.count + type.count + data.count + 32)
        for field in [topic, type, data] {
            withUnsafeBytes(of: UInt64(field.count).littleEndian) { bytes.append(contentsOf: $0) }
            bytes += field
        }
        return bytes.withUnsafeBytes { Digest(of: $0) }.bytes
    }
}
