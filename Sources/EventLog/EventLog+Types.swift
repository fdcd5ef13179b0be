internal import LMDB

extension EventLog {
    /// What is known of a type from the index.
    public struct TypeCount: Hashable, Sendable {
        public let name: String
        public let events: Int
    }

    /// Every type with the number of its events, in byte order of its name; costs one step a type.
    public func types() throws(ReadError) -> [TypeCount] {
        try checkIndexes()
        var types: [TypeCount] = []
        do throws(LMDBError) {
            try store.environment.read { transaction throws(LMDBError) in
                try store.visitTypes(in: transaction) {
                    types.append(TypeCount(name: $0.string, events: Int(clamping: $1)))
                }
            }
        } catch {
            throw .storage(error)
        }
        return types
    }

    /// - Throws: `.indexing` while the indexes say nothing.
    func checkIndexes() throws(ReadError) {
        let isIndexing: Bool
        do throws(LMDBError) {
            isIndexing = try store.environment.read { transaction throws(LMDBError) in
                try store.isIndexing(in: transaction)
            }
        } catch {
            throw .storage(error)
        }
        if isIndexing { throw .indexing }
    }
}
