import Hummingbird
import NIOCore
import WebSocket

/// What belongs to a request beside its head and its body.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Whether the client is still there.
    let client: DisconnectWatcher

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        client = DisconnectWatcher(source.channel)
    }
}
