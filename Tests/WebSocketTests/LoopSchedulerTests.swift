import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing
@testable import WebSocket

@Suite("Turns on an event loop", .timeLimit(.minutes(1)))
struct LoopSchedulerTests {
    /// Takes turn after turn on its loop until told to stop.
    private final class Restless: Sendable {
        let isStopped = Atomic(false)
        let turns = Atomic(0)

        func go(_ loop: any EventLoop, _ kind: LoopScheduler.Queue) {
            LoopScheduler.on(loop).schedule(kind) {
                self.turns.wrappingAdd(1, ordering: .relaxed)
                let end = NIODeadline.now() + .milliseconds(2)
                while NIODeadline.now() < end {}
                if !self.isStopped.load(ordering: .relaxed) { self.go(loop, kind) }
            }
        }
    }

    @Test("however much there is to do, the loop's sockets are served in between")
    func servesSockets() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Echo()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let restless = Restless()
        try await loop.submit {
            for kind in [.live, .history, .live, .history] as [LoopScheduler.Queue] { restless.go(loop, kind) }
        }.get()
        let client = try await RawClient.connect(to: server.localAddress?.port ?? 0)
        for round in 0..<20 {
            try await client.send("\(round)\n")
            #expect(try await client.text(through: "\n") == "\(round)\n")
        }
        let turns = restless.turns.load(ordering: .relaxed)
        restless.isStopped.store(true, ordering: .relaxed)
        #expect(turns > 20, "it was restless all the time")
        try await client.close()
        try await server.close()
        try await group.shutdownGracefully()
    }

    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.writeAndFlush(data, promise: nil) }
    }
}
