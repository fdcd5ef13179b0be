import NIOCore

/// What a client's packets are written to: an engine connection, or a recording one in tests.
///
/// Belongs to its event loop, as ``EngineConnection`` says for itself.
protocol ClientLink: AnyObject {
    var loop: any EventLoop { get }
    var transport: Transport { get }
    var isWritable: Bool { get }
    var isPaused: Bool { get set }
    func write(_ rendered: ByteBuffer)
    func close(_ reason: DisconnectReason)
    func clientHasJoined()
}

extension EngineConnection: ClientLink {}
