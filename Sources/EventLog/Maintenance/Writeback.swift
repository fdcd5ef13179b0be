internal import Dispatch
internal import Glibc
internal import Synchronization

/// Has the system put a growing file on the disk while it grows, so that the sync at its end has little left to do.
///
/// By itself the system waits for seconds before it begins, and the disk with it.
final class Writeback: Sendable {
    private static let interval = DispatchTimeInterval.milliseconds(20)

    private let stopping = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let failure = Mutex<Int32>(0)

    /// - Parameter descriptor: of the file, open until `end()`.
    init(of descriptor: Int32) {
        Thread.start { [self] in
            while stopping.wait(timeout: .now() + Self.interval) == .timedOut {
                guard fdatasync(descriptor) != 0 else { continue }
                let reason = errno
                failure.withLock { $0 = reason }
                break
            }
            ended.signal()
        }
    }

    /// Stops; what was written last is still to be synced.
    ///
    /// - Returns: the `errno` of a sync that failed, or 0: the system tells a failure once, so a later sync may go well.
    func end() -> Int32 {
        stopping.signal()
        ended.wait()
        return failure.withLock { $0 }
    }
}
