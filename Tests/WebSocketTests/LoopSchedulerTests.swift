import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing
@testable import WebSocket

@Suite("Long work on an event loop", .timeLimit(.minutes(1)))
struct LoopSchedulerTests {
    /// Schedules one piece of work after another until `isStopped`.
    private final class EndlessWork: Sendable {
        let isStopped = Atomic(false)
        let turns = Atomic(0)

        func start(_ loop: any EventLoop, _ queue: LoopScheduler.Queue) {
            LoopScheduler.on(loop).schedule(queue) {
                self.turns.wrappingAdd(1, ordering: .relaxed)
                let end = NIODeadline.now() + .milliseconds(2)
                while NIODeadline.now() < end {}
                if !self.isStopped.load(ordering: .relaxed) { self.start(loop, queue) }
            }
        }
    }

    @Test("a loop with endless work still serves its sockets")
    func servesSockets() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Echo()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let work = EndlessWork()
        try await loop.submit {
            for queue in [.live, .history, .live, .history] as [LoopScheduler.Queue] { work.start(loop, queue) }
        }.get()
        let client = try await RawClient.connect(to: server.localAddress?.port ?? 0)
        for round in 0..<20 {
            try await client.send("\(round)\n")
            #expect(try await client.text(through: "\n") == "\(round)\n")
        }
        let turns = work.turns.load(ordering: .relaxed)
        work.isStopped.store(true, ordering: .relaxed)
        #expect(turns > 20, "the work never ended during the test")
        try await client.close()
        try await server.close()
        try await group.shutdownGracefully()
    }

    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.writeAndFlush(data, promise: nil) }
    }
}
