extension EventView {
    /// Whether both are the same event, apart from id, source and time: then one may come twice under one id.
    func isSame(as other: borrowing EventView) -> Bool {
        topic.isEqual(other.topic) && type.isEqual(other.type) && isJSON == other.isJSON && data.isEqual(other.data)
    }

    /// 16 bytes that two events have in common exactly when `isSame(as:)` finds them the same, but for a collision of SHA-256.
    package var sameness: [UInt8] {
        EventLog.sameness(topic: topic.array, type: type.array, isJSON: isJSON, data: data.array)
    }
}

extension NewEvent {
    /// What `EventView.sameness` will be when the log has the event.
    package var sameness: [UInt8] {
        switch data {
        case .json(let text): EventLog.sameness(topic: Array(topic.utf8), type: Array(type.utf8), isJSON: true, data: text)
        case .bytes(let raw): EventLog.sameness(topic: Array(topic.utf8), type: Array(type.utf8), isJSON: false, data: raw)
        }
    }
}

extension EventLog {
    /// The first bytes of a digest over the fields, each behind its length.
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
