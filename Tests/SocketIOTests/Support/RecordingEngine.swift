import NIOCore
import NIOHTTP1
@testable import SocketIO
import Testing

/// An engine connection that records the packets it gets, and fails the test when it is used incorrectly.
final class RecordingEngine: EngineConnectionProtocol {
    private(set) var stepLoop: StepLoop
    private(set) var transport = Transport.polling
    var isWritable = true
    var isPaused = false
    private(set) var packets: [String] = []
    private(set) var writes = 0
    private(set) var closure: DisconnectReason?
    private var client: ClientConnection?
    /// Whether it is neither on its old loop nor on its new one.
    private(set) var isBetweenLoops = false
    private(set) var isMoving = false

    var loop: any EventLoop { stepLoop }

    /// A client on the first of the loops; none of its sockets has joined a namespace.
    init(_ io: SocketIOServer, on stepLoop: StepLoop) {
        self.stepLoop = stepLoop
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/socket.io/?EIO=4&transport=polling")
        client = ClientConnection(self, HandshakeRequest(head, from: nil), server: io)
    }

    /// Whether it is open and on a loop.
    var canAct: Bool { closure == nil && !isBetweenLoops }

    func write(_ encoded: ByteBuffer) {
        #expect(stepLoop.inEventLoop && !isBetweenLoops, "written to from the wrong loop")
        writes += 1
        packets += transport == .polling ? Self.polling(encoded) : Self.frames(encoded)
    }

    func close(_ reason: DisconnectReason) { closed(reason) }

    func clientHasJoined() {}

    // MARK: What the client does

    /// The text of Socket.IO packets, without Engine.IO's type.
    func receive(_ packets: String...) {
        stepLoop.run { for packet in packets { client?.received(text: ByteBuffer(string: packet)) } }
    }

    func closed(_ reason: DisconnectReason) {
        guard closure == nil else { return }
        closure = reason
        if stepLoop.inEventLoop { client?.closed(reason) } else { stepLoop.run { client?.closed(reason) } }
    }

    /// Upgrades, on this loop or on another.
    func upgrade(to loop: StepLoop) {
        stepLoop.run { client?.willSwitch() }
        guard loop !== stepLoop else { return stepLoop.run { switchOver() } }
        isMoving = true
        let engine = Unchecked(self)
        client?.move(
            to: loop,
            depart: { engine.value.isBetweenLoops = engine.value.closure == nil },
            arrive: {
                guard engine.value.isBetweenLoops else { return }
                engine.value.isBetweenLoops = false
                engine.value.isMoving = false
                engine.value.stepLoop = loop
                engine.value.switchOver()
            })
    }

    private func switchOver() {
        transport = .webSocket
        client?.didSwitch()
    }

    var connection: ClientConnection? { client }

    var member: SocketMember? { client?.members.first }

    // MARK: Bytes

    private static func polling(_ bytes: ByteBuffer) -> [String] {
        String(buffer: bytes).split(separator: "\u{1E}", omittingEmptySubsequences: false).map(String.init)
    }

    private static func frames(_ bytes: ByteBuffer) -> [String] {
        var bytes = bytes
        var texts: [String] = []
        while let head = bytes.readInteger(as: UInt16.self) {
            var length = Int(head & 0x7F)
            if length == 126 { length = bytes.readInteger(as: UInt16.self).map(Int.init) ?? 0 }
            if length == 127 { length = bytes.readInteger(as: UInt64.self).map(Int.init) ?? 0 }
            texts.append(bytes.readString(length: length) ?? "cut off")
        }
        return texts
    }
}

/// Carries what one task uses into closures that must be `Sendable`.
struct Unchecked<Value>: @unchecked Sendable {  // one task uses it
    let value: Value

    init(_ value: Value) { self.value = value }
}
