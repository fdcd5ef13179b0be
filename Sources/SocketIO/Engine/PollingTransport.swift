import NIOCore

/// The polling side of a session: the packets that wait for a GET, and the requests that are open.
///
/// Belongs to the event loop of the session.
struct PollingTransport {
    /// A client is writable while fewer bytes than this wait for its open GET.
    private static let writableBytes = 64 << 10

    /// The packets that wait, encoded for polling.
    private var packets = ByteBuffer()
    /// The maximum number of packets in one response to a GET.
    private let packetsPerPoll: Int
    private var openGET: PollingRequest?
    private var openPOST: PollingRequest?

    init(packetsPerPoll: Int) { self.packetsPerPoll = packetsPerPoll }

    // MARK: Packets

    var waitingBytes: Int { packets.readableBytes }

    /// Whether a GET is open that has not enough packets yet.
    var isWritable: Bool { openGET != nil && waitingBytes < Self.writableBytes }

    mutating func append(_ encoded: ByteBuffer) {
        guard packets.readableBytes > 0 else { return packets = encoded }
        PollingPayload.appendSeparator(to: &packets)
        packets.writeImmutableBuffer(encoded)
    }

    /// Removes and returns the packets for one response: all of them, unless the client has a limit.
    mutating func takePackets() -> ByteBuffer {
        guard packetsPerPoll < .max else { return takeAllPackets() }
        var length = 0, count = 0
        for byte in packets.readableBytesView {
            if byte == PollingPayload.separator { count += 1 }
            guard count < packetsPerPoll else { break }
            length += 1
        }
        let taken = packets.readSlice(length: length) ?? ByteBuffer()
        // The separator after the last packet.
        packets.moveReaderIndex(forwardBy: min(1, packets.readableBytes))
        if packets.readableBytes == 0 { packets = ByteBuffer() }
        return taken
    }

    mutating func takeAllPackets() -> ByteBuffer {
        defer { packets = ByteBuffer() }
        return packets
    }

    // MARK: Requests

    mutating func open(get request: PollingRequest) { openGET = request }

    mutating func open(post request: PollingRequest) { openPOST = request }

    func isOpen(get request: PollingRequest) -> Bool { openGET === request }

    func isOpen(post request: PollingRequest) -> Bool { openPOST === request }

    /// Removes and returns the open GET.
    mutating func takeGET() -> PollingRequest? {
        defer { openGET = nil }
        return openGET
    }

    mutating func removePOST() { openPOST = nil }

    /// The open POST, if its whole body has come.
    var completePOST: PollingRequest? { openPOST.flatMap { $0.isComplete ? $0 : nil } }
}

// MARK: - The end of a session

extension PollingTransport {
    /// What the client gets at the end of the session.
    enum ClosingMessage: Equatable {
        /// `1` after all packets that wait, to the open GET or else to the next one; over WebSocket a close frame.
        case closePacket
        /// `6` to the open GET, or else to the next one: the client itself has ended the session.
        case noop
        /// `1` to the open GET. A later GET finds no session.
        case none
        /// An error to the open GET. After `1` a client may not connect again.
        case refusal(EngineError)
    }

    /// The last responses of a session. They are sent after the session has ended, because the client's next request may
    /// arrive while they are being sent.
    struct LastResponses {
        fileprivate let openGET: PollingRequest?
        fileprivate let completePOST: PollingRequest?
        fileprivate let message: ClosingMessage
        fileprivate let packets: ByteBuffer
        /// Whether packets are left that the next GET should get.
        let hasPacketsForNextGET: Bool

        func send() {
            if case .refusal(let error) = message, packets.readableBytes == 0 {
                openGET?.refuse(error)
            } else {
                openGET?.answer(packets)
            }
            // An incomplete POST finds that the session has ended.
            completePOST?.answerPost()
        }
    }

    /// Removes the open requests, and returns their responses.
    ///
    /// Packets are kept for the next GET where none is open:
    ///
    /// ```
    ///  connection 1, loop A                 connection 2, loop B (session)
    ///  GET ──────── on its way to B ───┐     POST of 1: the session ends
    ///                                  └───► the GET is answered as if it had come first
    /// ```
    /// Clients send both together; on a single event loop the GET would be open when the POST is read.
    mutating func end(_ message: ClosingMessage, isWebSocket: Bool) -> LastResponses {
        let get = takeGET(), post = completePOST
        openPOST = nil
        switch message {
        case .closePacket, .none: if !isWebSocket { append(ControlPackets.close) }
        case .noop: if get == nil || waitingBytes == 0 { packets = ControlPackets.noop }
        case .refusal: break
        }
        let last = get == nil ? ByteBuffer() : takePackets()
        let keepsPackets =
            switch message {
            case .closePacket: true
            case .noop: get == nil
            case .none, .refusal: false
            }
        return LastResponses(
            openGET: get, completePOST: post, message: message, packets: last,
            hasPacketsForNextGET: waitingBytes > 0 && keepsPackets)
    }
}
