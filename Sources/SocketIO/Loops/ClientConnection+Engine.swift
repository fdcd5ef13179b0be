import NIOCore

/// What the engine below tells.
extension ClientConnection: EngineClient {
    func opened(_ connection: EngineConnection) { shard.expectConnect(of: self) }

    func received(text: ByteBuffer, on connection: EngineConnection) { received(text: text) }

    func received(binary: ByteBuffer, on connection: EngineConnection) { received(binary: binary) }

    func writabilityChanged(_ connection: EngineConnection) { becameWritable() }

    func willSwitch(_ connection: EngineConnection) { willSwitch() }

    func didSwitch(_ connection: EngineConnection) { didSwitch() }

    func move(
        _ connection: EngineConnection, to loop: any EventLoop,
        depart: @escaping @Sendable () -> Void, arrive: @escaping @Sendable () -> Void
    ) {
        move(to: loop, depart: depart, arrive: arrive)
    }

    func closed(_ reason: DisconnectReason, on connection: EngineConnection) { closed(reason) }
}
