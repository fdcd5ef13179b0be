import Dispatch
import Glibc

/// Cancels endless work at SIGINT, at SIGTERM, and when the reader of standard output has closed it.
enum Interruption {
    /// A pipe to which the signal handler writes the number of each signal, because a handler may call `write`.
    private static let signals: (read: Int32, write: Int32) = {
        var ends: [Int32] = [-1, -1]
        let status = pipe(&ends)
        precondition(status == 0, "no file descriptor is left for a pipe")
        return (ends[0], ends[1])
    }()

    /// Runs `body` to its end; an interruption cancels its task.
    ///
    /// A second signal ends the process at once, in case the output is blocked. The handlers stay installed, so this must
    /// be the last action of a process.
    static func cancelling(_ body: @escaping @Sendable () async throws -> Void) async throws {
        // Creates the pipe before a handler can use it.
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
        // POLLERR and POLLHUP are reported without being requested, and mean that standard output has no reader. So
        // `tail --follow | head -1` ends with `head`.
        var polled = [
            pollfd(fd: received, events: Int16(POLLIN), revents: 0),
            pollfd(fd: outputHasReader ? STDOUT_FILENO : -1, events: 0, revents: 0),
        ]
        var hasReceivedSignal = false
        while true {
            guard poll(&polled, 2, -1) > 0 else { continue }
            if polled[1].revents != 0 {
                polled[1].fd = -1
                interrupt()
            }
            var number: UInt8 = 0
            guard polled[0].revents != 0, read(received, &number, 1) == 1 else { continue }
            if hasReceivedSignal { _exit(128 + Int32(number)) }
            hasReceivedSignal = true
            interrupt()
        }
    }

    private static var outputHasReader: Bool {
        var status = stat()
        return fstat(STDOUT_FILENO, &status) == 0 && [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
    }
}
