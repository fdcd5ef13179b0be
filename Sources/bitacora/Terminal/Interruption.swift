import Dispatch
import Glibc
import Synchronization

/// Ends work that has no end of its own: at SIGINT, at SIGTERM, and when the
/// reader of standard output has gone.
enum Interruption {
    /// Runs `body` and returns when it has ended; an interruption cancels its task.
    ///
    /// A second signal ends the process on the spot, in case the output is stuck.
    static func cancelling(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await body() }
        let signals = [SIGINT, SIGTERM].map { watch($0) { task.cancel() } }
        watchReader { task.cancel() }
        defer { for signal in signals { signal.cancel() } }
        try await task.value
    }

    private static func watch(_ number: Int32, _ interrupt: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
        let hasCome = Atomic(false)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
            if hasCome.exchange(true, ordering: .relaxed) { _exit(128 + number) }
            interrupt()
        }
        source.resume()
        return source
    }

    /// `tail --follow | head -1` should end with `head`, not with the next event.
    private static func watchReader(_ interrupt: @escaping @Sendable () -> Void) {
        var status = stat()
        guard fstat(STDOUT_FILENO, &status) == 0, [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT) else { return }
        DispatchQueue.global().async {
            // No events asked for: only POLLERR and POLLHUP wake it, and those mean that nobody reads.
            var polled = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
            while poll(&polled, 1, -1) < 0, errno == EINTR {}
            interrupt()
        }
    }
}
