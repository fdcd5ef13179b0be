internal import LMDB

extension EventLog {
    /// The largest size of a definition in bytes.
    public static let maximumDefinition = 16 << 20

    /// Stores the definition of the log's application, so that every process that reads the log knows the application.
    ///
    /// The log does not interpret the bytes. They replace an earlier definition, and are as durable as an append when this
    /// returns. Backups and restored logs contain the definition; it is no event, so an export does not. Does nothing when
    /// the log already has an equal definition. Also possible beside a writer in another process (``Access/maintain``).
    ///
    /// - Parameter bytes: at most ``maximumDefinition`` bytes; empty to remove the definition.
    /// - Throws: `.tooLarge`, or another ``AppendError`` when the bytes could not be written; the definition has not changed
    ///   then.
    public func storeDefinition(_ bytes: [UInt8]) async throws(AppendError) {
        guard bytes.count <= Self.maximumDefinition else {
            throw AppendError(
                .tooLarge,
                "the definition of the application has \(bytes.count) bytes; the limit is \(Self.maximumDefinition)",
                field: "definition")
        }
        try await maintain(bytes: bytes.count) { store throws(LMDBError) in
            try store.write { transaction throws(LMDBError) in
                if case .whole(let known) = try DefinitionBytes.read(in: transaction, store.metaDatabase),
                    known == bytes
                {
                    return .abort(())
                }
                try DefinitionBytes.write(bytes, to: &transaction, store.metaDatabase)
                return .commit(())
            }
        }
    }

    /// The definition that ``storeDefinition(_:)`` stored; nil when there is none.
    ///
    /// - Throws: `.storage`, also when the stored definition is damaged.
    public func definition() throws(ReadError) -> [UInt8]? {
        do throws(LMDBError) {
            switch try store.definition() {
            case .absent: return nil
            case .whole(let bytes): return bytes
            case .damaged:
                throw LMDBError(.corrupted, call: "mdb_get", subject: "the key definition of database meta")
            }
        } catch {
            throw .storage(error)
        }
    }
}
