internal import Glibc
internal import LMDB
internal import Synchronization

/// Moves the head of a log that another process writes.
///
/// The kernel tells of each write to `data.mdb` (inotify(7)). LMDB publishes a
/// commit in the lock file only after that write, so a look right after the
/// notice can come too early; further looks follow, ever farther apart:
///
/// ```
/// writer   write meta page ──────── publish txnid ─────────────────────────────
/// kernel         └─ notice ─┐
/// we                        └─ look (old head) ─ 1 ms ─ look (new head) ─ 4 ms … 1 s
/// ```
final class ExternalCommitWatcher: Sendable {
    /// The longest pause between two looks, in milliseconds: with notices, and where the kernel gives none.
    private static let longestPause: (noticed: Int32, unnoticed: Int32) = (1000, 50)

    private struct State {
        var notices: Int32
        var watch: Int32 = -1
        var isStopped = false
    }

    private let store: Store
    private let signal: HeadSignal
    private let state: Mutex<State>

    init(store: Store, signal: HeadSignal) {
        self.store = store
        self.signal = signal
        let notices = inotify_init1(Int32(IN_CLOEXEC))
        var started = State(notices: notices)
        if notices >= 0 {
            started.watch = inotify_add_watch(notices, store.environment.path + "/data.mdb", UInt32(IN_MODIFY))
        }
        let isNoticed = started.watch >= 0
        state = Mutex(started)
        Thread.start { [self] in
            follow(notices, longest: isNoticed ? Self.longestPause.noticed : Self.longestPause.unnoticed)
        }
    }

    /// Looks for new events now; from any thread.
    func refresh() {
        if let head = try? store.head() { signal.raise(to: head) }
    }

    /// Ends the thread soon.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            // Makes the kernel send a last notice, which ends the pause.
            if state.notices >= 0 { inotify_rm_watch(state.notices, state.watch) }
        }
    }

    private func follow(_ notices: Int32, longest: Int32) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 8)
        defer { buffer.deallocate() }
        var pause: Int32 = 1
        while !state.withLock({ $0.isStopped }) {
            var polled = pollfd(fd: notices, events: Int16(POLLIN), revents: 0)
            if poll(&polled, 1, pause) > 0 {
                _ = Glibc.read(notices, buffer.baseAddress, buffer.count)
                pause = 1
            } else {
                pause = min(pause * 4, longest)
            }
            if let head = try? store.head() { signal.advance(to: head) }
        }
        state.withLock { state in
            if state.notices >= 0 { Glibc.close(state.notices) }
            state.notices = -1
        }
    }
}
