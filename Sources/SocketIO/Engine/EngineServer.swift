package import NIOCore
package import NIOHTTP1
import Synchronization
package import WebSocket

/// An Engine.IO server: which requests are its own, and the sessions they make.
package final class EngineServer: Sendable {
    package let options: SocketIOOptions
    /// Makes what a new session is for, on the session's loop.
    let accept: @Sendable (EngineConnection) -> any EngineClient
    let registry: EngineRegistry
    /// Whether polling clients are told that they may change to a WebSocket.
    let offersUpgrades: Bool
    private let loops = Mutex<[ObjectIdentifier: EngineLoop]>([:])
    private let door: EngineDoor

    /// - Parameters:
    ///   - options: their path must begin and end with a slash, and their headers may not hold line breaks.
    ///   - accept: makes the layer above for one session, on the session's loop, where `opened` follows at once.
    package init(_ options: SocketIOOptions, accept: @escaping @Sendable (EngineConnection) -> any EngineClient) {
        options.check()
        self.options = options
        self.accept = accept
        registry = EngineRegistry(options)
        offersUpgrades = options.allowsUpgrades && options.transports.contains(.webSocket)
        door = EngineDoor(options)
    }

    /// How many sessions there are, those that wait for a last GET included.
    package var sessionCount: Int { registry.count }

    /// What becomes of a request; nil when its path is not this server's.
    ///
    /// To be called on the channel's event loop.
    package func decide(_ head: HTTPRequestHead, _ channel: any Channel) -> UpgradeDecision? {
        door.decide(head, channel, self)
    }

    /// Closes every session, with "server shutting down", and lets none begin; returns when all have been told.
    package func close() async {
        await withDiscardingTaskGroup { group in
            for connection in registry.close() {
                group.addTask {
                    await withCheckedContinuation { closed in
                        connection.perform {
                            $0.close(.serverShuttingDown)
                            $0.whenClosed { closed.resume() }
                        }
                    }
                }
            }
        }
    }

    /// What the sessions of an event loop share.
    func loop(of eventLoop: any EventLoop) -> EngineLoop {
        loops.withLock { loops in
            if let loop = loops[ObjectIdentifier(eventLoop)] { return loop }
            let loop = EngineLoop(eventLoop, options)
            loops[ObjectIdentifier(eventLoop)] = loop
            return loop
        }
    }
}
