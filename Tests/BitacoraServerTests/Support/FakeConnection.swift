import EventLog
import Inspection
import NIOCore
@testable import BitacoraServer

/// A connection without a socket: its writability is set by the test, and it records the mistakes of the hub.
///
/// Belongs to the event loop of its hub.
final class FakeConnection: Subscriber.Connection {
    /// What happens to the connection when something is written to it.
    enum Reaction {
        case takesMore
        /// The connection is full until `open`.
        case fills
        /// The connection is full, and empty again before the write returns, as after a flush that reaches the network.
        case fillsAndDrains
        /// The write fails and takes the connection with it.
        case breaks
    }

    private let hub: Hub
    private let react: (Int) -> Reaction
    private(set) var subscriber: Subscriber?
    private var takesMore = true
    private var wasAsked = false
    private(set) var received = ByteBuffer()
    private(set) var writes = 0
    private(set) var isClosed = false
    private(set) var failure: ReadError?
    private(set) var faults: [String] = []

    init(_ hub: Hub, react: @escaping (Int) -> Reaction = { _ in .takesMore }) {
        self.hub = hub
        self.react = react
    }

    func subscribe(_ kind: ChunkKind, from start: StartPoint) {
        let subscriber = Subscriber(kind: kind, connection: self, hub: hub)
        self.subscriber = subscriber
        subscriber.begin(from: start)
    }

    /// Makes the connection writable.
    func open() {
        takesMore = true
        subscriber?.becameWritable()
    }

    func fill() { takesMore = false }

    func close() {
        isClosed = true
        subscriber?.end()
        subscriber = nil
    }

    // MARK: Subscriber.Connection

    var isWritable: Bool {
        wasAsked = true
        return takesMore
    }

    func write(_ bytes: ByteBuffer) {
        // A reset is the very first write, of a connection that is new.
        if !wasAsked && writes > 0 { faults.append("write \(writes) without checking isWritable") }
        if !takesMore { faults.append("write \(writes) while not writable") }
        if isClosed { faults.append("write \(writes) after the end") }
        if bytes.readableBytes == 0 { faults.append("write \(writes) of nothing") }
        wasAsked = false
        received.writeImmutableBuffer(bytes)
        writes += 1
        switch react(writes) {
        case .takesMore: break
        case .fills: fill()
        case .fillsAndDrains:
            fill()
            open()
        case .breaks: close()
        }
    }

    func fail(_ error: ReadError) {
        failure = error
        close()
    }
}
