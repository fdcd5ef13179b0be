import Glibc
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing
@testable import BitacoraServer

@Suite struct AcceptBackoffTests {
    /// Keeps what is logged.
    private final class Lines: Sendable {
        let lines = Mutex<[String]>([])

        var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.lines.withLock { $0.append("\(event.message)") } }
    }

    @Test(
        "after a failed accept the next one waits, and the log has one line at the beginning and one at the end",
        .timeLimit(.minutes(1)))
    func pause() async throws {
        try await withLoops(1) { loops in
            let lines = Lines()
            let server = try await ServerBootstrap(group: loops[0]).bind(host: "127.0.0.1", port: 0).get()
            try await server.pipeline.addHandler(
                AcceptBackoff(logger: lines.logger, loop: loops[0], quiet: .milliseconds(400)), position: .first
            ).get()
            // In one step of the loop, so that a busy machine cannot end the wait in between.
            let reads = try await loops[0].run {
                for _ in 0..<2 { server.pipeline.fireErrorCaught(IOError(errnoCode: EMFILE, reason: "accept")) }
                return try server.syncOptions?.getOption(.autoRead)
            }
            #expect(reads == false)
            let client = try await ClientBootstrap(group: loops[0]).connect(to: try #require(server.localAddress)).get()
            try await loops[0].reach { lines.lines.withLock { $0.count } == 2 }
            #expect(try await server.getOption(.autoRead).get())
            #expect(
                lines.lines.withLock { $0 } == [
                    "connections cannot be accepted: Too many open files; trying again every 250 ms; raise this limit or lower --max-connections",
                    "connections are accepted again",
                ])
            try await client.close()
            try await server.close()
        }
    }
}
