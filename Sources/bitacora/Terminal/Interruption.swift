import Dispatch
import Glibc

/// Ends work that has no end of its own: at SIGINT, at SIGTERM, and when the
/// reader of standard output has gone.
enum Interruption {
    /// Where the signal handler writes, and the watcher reads, the number of
    /// each signal: `write` is among the few calls a handler may make.
    private static let signals: (read: Int32, write: Int32) = {
        var ends: [Int32] = [-1, -1]
        let status = pipe(&ends)
        precondition(status == 0, "no descriptors left")
        return (ends[0], ends[1])
    }()

    /// Runs `body` and returns when it has ended; an interruption cancels its task.
    ///
    /// A second signal ends the process on the spot, in case the output is
    /// stuck. The handlers stay, so it is for the last thing a process does.
    static func cancelling(_ body: @escaping @Sendable () async throws -> Void) async throws {
        // Made before a handler can need it.
        let (received, _) = signals
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(Interruption.signals.write, &byte, 1)
            }
        }
        let task = Task { try await body() }
        DispatchQueue.global().async { watch(received) { task.cancel() } }
        try await task.value
    }

    private static func watch(_ received: Int32, _ interrupt: () -> Void) {
        // Nothing is asked of the output: POLLERR and POLLHUP come unasked, and
        // mean that nobody reads. `tail --follow | head -1` so ends with `head`.
        var polled = [
            pollfd(fd: received, events: Int16(POLLIN), revents: 0),
            pollfd(fd: outputHasReader ? STDOUT_FILENO : -1, events: 0, revents: 0),
        ]
        var hasCome = false
        while true {
            guard poll(&polled, 2, -1) > 0 else { continue }
            if polled[1].revents != 0 {
                polled[1].fd = -1
                interrupt()
            }
            var number: UInt8 = 0
            guard polled[0].revents != 0, read(received, &number, 1) == 1 else { continue }
            if hasCome { _exit(128 + Int32(number)) }
            hasCome = true
            interrupt()
        }
    }

    private static var outputHasReader: Bool {
        var status = stat()
        return fstat(STDOUT_FILENO, &status) == 0 && [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
    }
}
