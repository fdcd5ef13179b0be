import Dispatch
import NIOCore

/// An event loop that runs one job at a time, when the test asks for it.
///
/// It has no timers. Everything is used from the test's own task.
final class StepLoop: EventLoop, @unchecked Sendable {  // one task uses it
    nonisolated(unsafe) private static var running: StepLoop?

    private var jobs: [@Sendable () -> Void] = []

    var hasJobs: Bool { !jobs.isEmpty }
    var inEventLoop: Bool { StepLoop.running === self }

    /// Runs the first job that waits.
    func step() {
        guard !jobs.isEmpty else { return }
        run(jobs.removeFirst())
    }

    /// Runs a job as the loop would.
    func run(_ job: () -> Void) {
        StepLoop.running = self
        defer { StepLoop.running = nil }
        job()
    }

    /// Runs the jobs of all loops until none waits.
    static func finish(_ loops: [StepLoop]) {
        while let loop = loops.first(where: \.hasJobs) { loop.step() }
    }

    func execute(_ task: @escaping @Sendable () -> Void) { jobs.append(task) }

    func scheduleTask<T>(deadline: NIODeadline, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        preconditionFailure("this loop has no clock")
    }

    func scheduleTask<T>(in time: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        preconditionFailure("this loop has no clock")
    }

    func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        callback(nil)
    }
}
