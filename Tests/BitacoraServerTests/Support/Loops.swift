import EventLog
import NIOCore
import NIOPosix
@testable import BitacoraServer

/// Runs `body` with `count` event loops, and shuts them down.
func withLoops<Result>(_ count: Int, _ body: ([any EventLoop]) async throws -> Result) async throws -> Result {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
    do {
        let result = try await body(Array(group.makeIterator()))
        try await group.shutdownGracefully()
        return result
    } catch {
        try await group.shutdownGracefully()
        throw error
    }
}

extension EventLoop {
    /// Runs `body` on the loop and returns its result.
    func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await submit(body).get()
    }

    /// Runs the loop until `condition` holds there.
    func reach(_ condition: @escaping @Sendable () throws -> Bool) async throws {
        while try await !run(condition) { await Task.yield() }
    }
}
