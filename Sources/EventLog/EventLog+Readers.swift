internal import LMDB

extension EventLog {
    /// A read of the log that is under way now, in this process or another.
    public struct Reader: Hashable, Sendable {
        public let process: Int32
        /// The number of the newest commit it sees; nil when it is just about to begin.
        public let transaction: Int?
        /// How many commits came after that one.
        public let commitsBehind: Int
        /// Whether its process died in the middle; it keeps pages from being used again until it is cleared.
        public let isStale: Bool
    }

    /// The reads under way at this moment; a reader that waits for events has none.
    public func readers() throws(ReadError) -> [Reader] {
        do throws(LMDBError) {
            let readers = try store.environment.readers()
            // Asked afterwards: what is newest never goes back.
            let newest = try store.environment.information().lastTransaction
            return readers.map { reader in
                Reader(
                    process: reader.process, transaction: reader.transaction,
                    commitsBehind: reader.transaction.map { max(0, newest - $0) } ?? 0, isStale: reader.isStale)
            }
        } catch {
            throw .storage(error)
        }
    }

    /// Frees what readers hold whose process died, and returns how many there were.
    ///
    /// Opening a log does the same, unless `Options.clearsStaleReaders` is off.
    @discardableResult
    public func clearStaleReaders() throws(ReadError) -> Int {
        do throws(LMDBError) {
            return try store.environment.clearStaleReaders()
        } catch {
            throw .storage(error)
        }
    }

    /// The pages inside the file that the next appends will use before it grows, in bytes.
    public func freeBytes() throws(ReadError) -> Int {
        do throws(LMDBError) {
            return try store.environment.freePages() * store.environment.information().pageSize
        } catch {
            throw .storage(error)
        }
    }
}
