internal import Glibc
internal import LMDB
internal import Synchronization

/// Watches a log that another process writes, and moves the head after each of its commits.
///
/// The kernel reports each write to `data.mdb` (inotify(7)). LMDB publishes a commit in the lock file only after that
/// write, so a read right after the report can be too early; further reads follow, at growing intervals:
///
/// ```
/// writer   write meta page ──────── publish txnid ─────────────────────────────
/// kernel         └─ report ─┐
/// watcher                   └─ read (old head) ─ 1 ms ─ read (new head) ─ 4 ms … 1 s
/// ```
final class ExternalCommitWatcher: Sendable {
    /// The longest pause between two reads, in milliseconds: with reports of the kernel, and without.
    private static let longestPause: (withReports: Int32, withoutReports: Int32) = (1000, 50)

    private struct State {
        /// The descriptor of inotify; negative when there is none.
        var reports: Int32
        var watch: Int32 = -1
        var isStopped = false
    }

    private let store: Store
    private let signal: HeadSignal
    private let state: Mutex<State>

    init(store: Store, signal: HeadSignal) {
        self.store = store
        self.signal = signal
        let reports = inotify_init1(Int32(IN_CLOEXEC))
        var started = State(reports: reports)
        if reports >= 0 {
            started.watch = inotify_add_watch(reports, store.environment.path + "/data.mdb", UInt32(IN_MODIFY))
        }
        let hasReports = started.watch >= 0
        state = Mutex(started)
        Thread.start { [self] in
            watch(reports, longest: hasReports ? Self.longestPause.withReports : Self.longestPause.withoutReports)
        }
    }

    /// Reads the head now; may be called on any thread.
    func refresh() {
        if let head = try? store.head() { signal.raise(to: head) }
    }

    /// Ends the thread soon.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            // Makes the kernel send a last report, which ends the pause.
            if state.reports >= 0 { inotify_rm_watch(state.reports, state.watch) }
        }
    }

    private func watch(_ reports: Int32, longest: Int32) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 8)
        defer { buffer.deallocate() }
        var pause: Int32 = 1
        while !state.withLock({ $0.isStopped }) {
            var polled = pollfd(fd: reports, events: Int16(POLLIN), revents: 0)
            if poll(&polled, 1, pause) > 0 {
                _ = Glibc.read(reports, buffer.baseAddress, buffer.count)
                pause = 1
            } else {
                pause = min(pause * 4, longest)
            }
            if let head = try? store.head() { signal.advance(to: head) }
        }
        state.withLock { state in
            if state.reports >= 0 { Glibc.close(state.reports) }
            state.reports = -1
        }
    }
}
