internal import Dispatch
internal import LMDB
internal import Synchronization

/// Compares the stored snapshots with a new fold of the events, on a thread of its own beside the rest of a verification:
/// folding costs about as much as recomputing the chain.
///
/// Trimmed events cannot be folded again: then the oldest snapshot is taken as correct, and the later ones are compared
/// with a fold that begins with it. The same holds for a projection that began after trimmed events: whether it did, or a
/// later trim has replaced its beginning by this snapshot, cannot be seen from the events that are left.
final class SnapshotAudit: Sendable {
    /// A snapshot that is damaged, or does not match the events.
    struct Fault: Sendable {
        let snapshot: Snapshot.Info
        /// One sentence.
        let message: String
    }

    private let result = Mutex<Result<[Fault], ReadError>>(.success([]))
    private let ended = DispatchSemaphore(value: 0)

    init(_ projections: [any Projection], _ store: Store, through head: Offset) {
        Thread.start { [self] in
            let found = Result { () throws(ReadError) in try Self.faults(projections, store, head) }
            result.withLock { $0 = found }
            ended.signal()
        }
    }

    /// Waits for the end of the comparison, and returns the faults. Must be called once only.
    func faults() throws(ReadError) -> [Fault] {
        ended.wait()
        return try result.withLock { $0 }.get()
    }

    private static func faults(
        _ projections: [any Projection], _ store: Store, _ head: Offset
    ) throws(ReadError) -> [Fault] {
        let stored: [Snapshot.Info]
        do throws(LMDBError) { stored = try Snapshot.stored(in: store) } catch { throw .storage(error) }
        var faults: [Fault] = []
        var whole: [String: [Snapshot.Info]] = [:]
        for info in stored where info.offset <= head {
            do throws(LMDBError) {
                if try Snapshot.read(info, in: store) != nil {
                    whole[info.name, default: []].append(info)
                } else if try Snapshot.stored(in: store).contains(info) {
                    faults.append(
                        Fault(
                            snapshot: info,
                            message:
                                "the snapshot of \(info.name) at offset \(info.offset) is damaged; it is not used, and the next one replaces it"
                        ))
                }
            } catch {
                throw .storage(error)
            }
        }
        for projection in projections {
            faults += try compare(projection, whole[projection.name] ?? [], store)
        }
        return faults
    }

    private static func compare<Source: Projection>(
        _ projection: Source, _ snapshots: [Snapshot.Info], _ store: Store
    ) throws(ReadError) -> [Fault] {
        var faults: [Fault] = []
        var state = projection.initial
        var reached = Offset.start
        for snapshot in snapshots.sorted(by: { $0.offset < $1.offset }) {
            // One of another version of the projection is not used, and is no damage.
            guard let stored = try read(snapshot, in: store), let decoded = try? projection.decode(stored.state) else {
                continue
            }
            if reached.next < store.first() {
                (state, reached) = (decoded, snapshot.offset)
                continue
            }
            do throws(ReadError) {
                _ = try Fold(projection, store).apply(after: reached, through: snapshot.offset, to: &state)
                reached = snapshot.offset
            } catch .storage(let error) {
                throw .storage(error)
            } catch {
                // The check of the chain reports damaged events. Snapshots after a damaged or trimmed event cannot be
                // checked.
                return faults
            }
            // Not the bytes as stored: an earlier version may have written the same state otherwise.
            if projection.encode(state) != projection.encode(decoded) { faults.append(Fault(mismatching: snapshot)) }
        }
        return faults
    }

    private static func read(_ info: Snapshot.Info, in store: Store) throws(ReadError) -> Snapshot? {
        do throws(LMDBError) { return try Snapshot.read(info, in: store) } catch { throw .storage(error) }
    }
}

extension SnapshotAudit.Fault {
    /// The fault of a snapshot that can be read, and has another state than a fold of the events.
    fileprivate init(mismatching snapshot: Snapshot.Info) {
        self.init(
            snapshot: snapshot,
            message:
                "the snapshot of \(snapshot.name) at offset \(snapshot.offset) does not match the state rebuilt from the events; `bitacora log repair` removes it"
        )
    }
}
