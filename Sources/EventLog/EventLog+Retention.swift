internal import LMDB

extension EventLog {
    /// The first offset that `retention` keeps: what to `trim` before.
    ///
    /// How many events too many bytes are is estimated from what one takes on average.
    public func firstKept(by retention: Retention, now: Timestamp = .now()) throws(ReadError) -> Offset {
        let (first, head) = (first, head)
        var kept = first
        if let count = retention.events, head.rawValue > count { kept = max(kept, Offset(head.rawValue - count + 1)) }
        if let age = retention.age { kept = max(kept, try offset(at: now - age)) }
        if let limit = retention.bytes {
            let (bytes, count) = try eventSize()
            if bytes > limit {
                kept = max(
                    kept,
                    Offset(
                        first.rawValue + UInt64((Double(bytes - limit) / Double(bytes) * Double(count)).rounded(.up))))
            }
        }
        return min(kept, max(head, first))
    }

    private func eventSize() throws(ReadError) -> (bytes: Int, count: Int) {
        do throws(LMDBError) {
            let pageSize = try store.environment.information().pageSize
            let statistics = try store.environment.read { transaction throws(LMDBError) in
                try transaction.statistics(store.events)
            }
            return (statistics.pages * pageSize, statistics.entries)
        } catch {
            throw .storage(error)
        }
    }
}
