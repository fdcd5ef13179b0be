internal import LMDB

/// Damages events in the file of a log, as a failing disk does. The log must be closed.
package enum DamagedRecords {
    /// Replaces the records of events by bytes that are not a record.
    package static func damage(_ offsets: [UInt64], in directory: String) throws {
        try change(offsets, in: directory) { _ in [1, 2, 3] }
    }

    /// Changes the time of an event without changing its digest.
    package static func setTime(of offset: UInt64, to time: Int64, in directory: String) throws {
        try change([offset], in: directory) { record in
            var record = record
            record.replaceSubrange(16..<24, with: withUnsafeBytes(of: time.littleEndian) { Array($0) })
            return record
        }
    }

    private static func change(_ offsets: [UInt64], in directory: String, _ changed: ([UInt8]) -> [UInt8]) throws {
        let environment = try Environment(directory: directory)
        defer { environment.close() }
        let events = try environment.openDatabases([.init("events", .integerKeys)])[0]
        try environment.write { transaction throws(LMDBError) in
            for offset in offsets {
                let key = withUnsafeBytes(of: offset) { Array($0) }
                guard let record = try transaction.get(events, offset)?.withUnsafeBytes({ Array($0) }) else { continue }
                try transaction.put(events, key.span.bytes, changed(record).span.bytes)
            }
            return .commit(())
        }
    }
}
