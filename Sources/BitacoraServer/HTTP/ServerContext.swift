public import Hummingbird
import NIOCore
import WebSocket

/// What belongs to a request beside its head and its body.
public struct ServerContext: RequestContext {
    /// What Hummingbird keeps for a request.
    public var coreContext: CoreRequestContextStorage
    /// Whether the client is still there.
    let client: DisconnectWatcher

    /// Made by the router for each request.
    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        client = DisconnectWatcher(source.channel)
    }
}
