internal import Glibc
internal import Synchronization

/// Tells a write that found no room from a sync that failed.
///
/// LMDB calls both `EIO`: a short write of its pages (`mdb_page_flush`), which
/// is what a disk gives that fills up, and a failed `fdatasync`. After the
/// first nothing has changed and room is all that is missing; after the second
/// pages may be lost that count as written, and nobody may go on. Linux tells a
/// failed write-back once to every open description of a file, so one of our
/// own, which LMDB never syncs, still knows what LMDB was told.
final class SyncWitness: Sendable {
    /// Nil after `close` or when the file could not be opened again: then every `EIO` is a failed sync.
    private let descriptor: Mutex<Int32?>

    /// - Parameter path: the data file.
    init(_ path: String) {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        self.descriptor = Mutex(descriptor >= 0 ? descriptor : nil)
    }

    /// Whether everything that was ever handed to the system for the file is on the disk or on its way there.
    ///
    /// Not for the fast path: it syncs.
    func allIsWell() -> Bool {
        descriptor.withLock { $0.map { fdatasync($0) == 0 } ?? false }
    }

    func close() {
        descriptor.withLock { descriptor in
            if let open = descriptor { Glibc.close(open) }
            descriptor = nil
        }
    }

    deinit { close() }
}
