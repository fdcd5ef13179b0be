package import NIOCore

/// The receiving half of a WebSocket server: bytes in, messages and violations out.
///
/// A pure state machine over RFC 6455 section 5, tested without sockets. Frames are taken
/// straight from the received bytes: payloads are unmasked while they are copied into the
/// message, text is checked as it arrives, and nothing of a read buffer is kept. After a
/// close frame or a violation everything that follows is ignored.
package struct WebSocketMessageDecoder {
    /// What has arrived.
    package enum Event: Hashable, Sendable {
        /// A whole message of valid UTF-8.
        case text(ByteBuffer)
        /// A whole binary message.
        case binary(ByteBuffer)
        /// Asks for a pong with the same bytes, at most 125.
        case ping(ByteBuffer)
        /// Answers a ping, or says "alive" unasked.
        case pong(ByteBuffer)
        /// The peer's last frame; without a code the code is `missing`.
        case close(WebSocketCloseCode, reason: String)
        /// The peer broke the protocol: fail the connection with the code.
        case violation(WebSocketViolation)
    }

    private let maximumMessageBytes: Int
    private let maximumFragments: Int
    private var header = WebSocketFrameHeader()
    /// Payload bytes of the frame taken so far.
    private var taken = 0
    private var control = ByteBuffer()
    private var message = ByteBuffer()
    private var messageOpcode: WebSocketOpcode?
    private var fragments = 0
    private var validator = UTF8Validator()

    /// Whether a close frame or a violation has ended the conversation.
    package private(set) var isOver = false

    /// - Parameters:
    ///   - maximumMessageBytes: the longest message, all fragments together; beyond it 1009.
    ///   - maximumFragments: the most frames of one message (empty ones cost no bytes); beyond it 1009.
    package init(maximumMessageBytes: Int, maximumFragments: Int) {
        self.maximumMessageBytes = maximumMessageBytes
        self.maximumFragments = maximumFragments
    }

    /// Reads up to the next event; nil when every byte has been taken and more are needed.
    package mutating func next(_ input: inout ByteBuffer) -> Event? {
        do {
            while !isOver, try takeHeader(&input) {
                takePayload(&input)
                try checkText()
                guard taken == header.length else { break }
                if let event = try endFrame() { return event }
            }
        } catch {
            isOver = true
            message = ByteBuffer()
            return .violation(error)
        }
        input.moveReaderIndex(to: input.writerIndex)
        return nil
    }

    /// Answers whether the header is complete.
    private mutating func takeHeader(_ input: inout ByteBuffer) throws(WebSocketViolation) -> Bool {
        while !header.isComplete {
            guard let byte = input.readInteger(as: UInt8.self) else { return false }
            try header.take(byte, isContinuing: messageOpcode != nil)
            if header.isComplete { try beginFrame() }
        }
        return true
    }

    private mutating func beginFrame() throws(WebSocketViolation) {
        taken = 0
        guard !header.opcode.isControl else { return }
        guard header.length <= maximumMessageBytes - message.readableBytes else {
            throw WebSocketViolation(.messageTooLong, "a message may have at most \(maximumMessageBytes) bytes")
        }
        guard fragments < maximumFragments else {
            throw WebSocketViolation(.messageTooLong, "a message may have at most \(maximumFragments) fragments")
        }
        fragments += 1
        if header.opcode != .continuation { messageOpcode = header.opcode }
    }

    private mutating func takePayload(_ input: inout ByteBuffer) {
        let count = min(header.length - taken, input.readableBytes)
        guard count > 0 else { return }
        let mask = WebSocketMask(key: header.key)
        let offset = taken
        input.readWithUnsafeReadableBytes { source in
            let piece = UnsafeRawBufferPointer(rebasing: source.prefix(count))
            if header.opcode.isControl {
                Self.append(piece, to: &control, mask: mask, payloadOffset: offset)
            } else {
                Self.append(piece, to: &message, mask: mask, payloadOffset: offset)
            }
            return count
        }
        taken += count
        unchecked = header.opcode.isControl ? 0 : count
    }

    /// Bytes at the end of the message that the text check has not seen.
    private var unchecked = 0

    private mutating func checkText() throws(WebSocketViolation) {
        guard unchecked > 0 else { return }
        defer { unchecked = 0 }
        guard messageOpcode == .text else { return }
        let isValid = message.withUnsafeReadableBytes { bytes in
            validator.accept(UnsafeRawBufferPointer(rebasing: bytes.suffix(unchecked)))
        }
        guard isValid else { throw WebSocketViolation(.invalidText, "a text message is not UTF-8") }
    }

    private static func append(
        _ source: UnsafeRawBufferPointer, to buffer: inout ByteBuffer, mask: WebSocketMask, payloadOffset: Int
    ) {
        _ = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: source.count) { room in
            mask.copy(source, to: room, payloadOffset: payloadOffset)
            return source.count
        }
    }

    private mutating func endFrame() throws(WebSocketViolation) -> Event? {
        let ended = header
        header = WebSocketFrameHeader()
        switch ended.opcode {
        case .continuation, .text, .binary: return ended.isFinal ? try endMessage() : nil
        case .ping: return .ping(takeControl())
        case .pong: return .pong(takeControl())
        case .close:
            let event = try Self.closeEvent(takeControl())
            isOver = true
            message = ByteBuffer()
            return event
        }
    }

    private mutating func takeControl() -> ByteBuffer {
        defer { control = ByteBuffer() }
        return control
    }

    private mutating func endMessage() throws(WebSocketViolation) -> Event {
        guard validator.isComplete else {
            throw WebSocketViolation(.invalidText, "a text message ends inside a character")
        }
        defer {
            message = ByteBuffer()
            messageOpcode = nil
            fragments = 0
        }
        return messageOpcode == .text ? .text(message) : .binary(message)
    }

    private static func closeEvent(_ payload: ByteBuffer) throws(WebSocketViolation) -> Event {
        var payload = payload
        guard payload.readableBytes > 0 else { return .close(.missing, reason: "") }
        guard let value = payload.readInteger(as: UInt16.self) else {
            throw WebSocketViolation(.protocolError, "a close frame carries no byte or at least two")
        }
        let code = WebSocketCloseCode(rawValue: value)
        guard code.isAllowedOnWire else {
            throw WebSocketViolation(.protocolError, "close code \(value) is not to be sent")
        }
        var validator = UTF8Validator()
        let isText = payload.withUnsafeReadableBytes { validator.accept($0) } && validator.isComplete
        guard isText else { throw WebSocketViolation(.invalidText, "a close reason is not UTF-8") }
        return .close(code, reason: String(buffer: payload))
    }
}
