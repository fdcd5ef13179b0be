internal import LMDB

extension EventLog {
    /// What is known of a type from the index.
    public struct TypeCount: Hashable, Sendable {
        public let name: String
        public let events: Int
    }

    /// Every type with the number of its events, in byte order of its name; costs one step a type.
    public func types() throws(ReadError) -> [TypeCount] {
        var types: [TypeCount] = []
        do throws(LMDBError) {
            try store.environment.read { transaction throws(LMDBError) in
                try store.visitTypes(in: transaction) { types.append(TypeCount(name: $0.string, events: Int(clamping: $1))) }
            }
        } catch {
            throw .storage(error)
        }
        return types
    }
}
