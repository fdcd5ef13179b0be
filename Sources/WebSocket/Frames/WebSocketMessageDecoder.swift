package import NIOCore

/// Decodes the bytes that a WebSocket server receives into messages, control frames and violations.
///
/// A pure state machine over RFC 6455, section 5. Frames are read directly from the received bytes: payloads are
/// unmasked while they are copied into the message, text is checked as it arrives, and no read buffer is kept. All bytes
/// after a close frame or a violation are ignored.
package struct WebSocketMessageDecoder {
    /// What the peer has sent.
    package enum Event: Hashable, Sendable {
        /// A whole message of valid UTF-8.
        case text(ByteBuffer)
        /// A whole binary message.
        case binary(ByteBuffer)
        /// Asks for a pong with the same bytes, at most 125.
        case ping(ByteBuffer)
        /// Answers a ping, or was sent without a ping.
        case pong(ByteBuffer)
        /// The peer's last frame; without a code the code is `missing`.
        case close(WebSocketCloseCode, reason: String)
        /// The peer violated the protocol: the connection must be closed with the code.
        case violation(WebSocketViolation)
    }

    private let maximumMessageBytes: Int
    private let maximumFragments: Int
    private var header = WebSocketFrameHeader()
    /// The number of payload bytes of the frame that have been read.
    private var readBytes = 0
    private var control = ByteBuffer()
    private var message = ByteBuffer()
    private var messageOpcode: WebSocketOpcode?
    private var fragments = 0
    private var validator = UTF8Validator()
    /// The number of bytes at the end of the message that `validator` has not checked.
    private var uncheckedBytes = 0

    /// Whether a close frame or a violation was the last event.
    package private(set) var isOver = false

    /// - Parameters:
    ///   - maximumMessageBytes: the maximum bytes of a message, all fragments together; a longer message is a
    ///     violation with 1009.
    ///   - maximumFragments: the maximum frames of one message; more are a violation with 1009. Without this limit a
    ///     message of empty frames never ends.
    package init(maximumMessageBytes: Int, maximumFragments: Int) {
        self.maximumMessageBytes = maximumMessageBytes
        self.maximumFragments = maximumFragments
    }

    /// Reads up to the next event. Returns nil when every byte has been read and more are needed.
    package mutating func next(_ input: inout ByteBuffer) -> Event? {
        do {
            while !isOver, try readHeader(&input) {
                readPayload(&input)
                try checkText()
                guard readBytes == header.length else { break }
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

    /// - Returns: whether the header is complete.
    private mutating func readHeader(_ input: inout ByteBuffer) throws(WebSocketViolation) -> Bool {
        while !header.isComplete {
            guard let byte = input.readInteger(as: UInt8.self) else { return false }
            try header.append(byte, isContinuing: messageOpcode != nil)
            if header.isComplete { try beginFrame() }
        }
        return true
    }

    private mutating func beginFrame() throws(WebSocketViolation) {
        readBytes = 0
        guard !header.opcode.isControl else { return }
        guard header.length <= maximumMessageBytes - message.readableBytes else {
            throw WebSocketViolation(
                .messageTooLong, "a message may have at most \(maximumMessageBytes) bytes")
        }
        guard fragments < maximumFragments else {
            throw WebSocketViolation(
                .messageTooLong, "a message may have at most \(maximumFragments) fragments")
        }
        fragments += 1
        if header.opcode != .continuation { messageOpcode = header.opcode }
    }

    private mutating func readPayload(_ input: inout ByteBuffer) {
        let count = min(header.length - readBytes, input.readableBytes)
        guard count > 0 else { return }
        let mask = WebSocketMask(key: header.key)
        let offset = readBytes
        input.readWithUnsafeReadableBytes { source in
            let piece = UnsafeRawBufferPointer(rebasing: source.prefix(count))
            if header.opcode.isControl {
                Self.append(piece, to: &control, mask: mask, payloadOffset: offset)
            } else {
                Self.append(piece, to: &message, mask: mask, payloadOffset: offset)
            }
            return count
        }
        readBytes += count
        uncheckedBytes = header.opcode.isControl ? 0 : count
    }

    private mutating func checkText() throws(WebSocketViolation) {
        guard uncheckedBytes > 0 else { return }
        defer { uncheckedBytes = 0 }
        guard messageOpcode == .text else { return }
        let isValid = message.withUnsafeReadableBytes { bytes in
            validator.accept(UnsafeRawBufferPointer(rebasing: bytes.suffix(uncheckedBytes)))
        }
        guard isValid else { throw WebSocketViolation(.invalidText, "a text message is not valid UTF-8") }
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
        case .ping: return .ping(removeControlPayload())
        case .pong: return .pong(removeControlPayload())
        case .close:
            let event = try Self.closeEvent(removeControlPayload())
            isOver = true
            message = ByteBuffer()
            return event
        }
    }

    private mutating func removeControlPayload() -> ByteBuffer {
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
            throw WebSocketViolation(
                .protocolError, "the payload of a close frame must be empty or have at least 2 bytes")
        }
        let code = WebSocketCloseCode(rawValue: value)
        guard code.isAllowedOnWire else {
            throw WebSocketViolation(.protocolError, "close code \(value) must not be sent")
        }
        var validator = UTF8Validator()
        let isText = payload.withUnsafeReadableBytes { validator.accept($0) } && validator.isComplete
        guard isText else { throw WebSocketViolation(.invalidText, "a close reason is not valid UTF-8") }
        return .close(code, reason: String(buffer: payload))
    }
}

/// The header of a frame, read byte by byte, and rejected at the first wrong byte.
///
/// ```
///  byte 0            byte 1             then
/// ┌───┬─────┬──────┬──────┬────────┬──────────────────────────┬──────────┐
/// │FIN│RSV 3│opcode│MASK 1│length 7│ 0, 2 (126) or 8 (127) B  │ key, 4 B │
/// └───┴─────┴──────┴──────┴────────┴──────────────────────────┴──────────┘
/// ```
/// The header has at most 14 bytes. A connection with half a header keeps no read buffer.
struct WebSocketFrameHeader {
    private(set) var opcode = WebSocketOpcode.continuation
    private(set) var isFinal = false
    /// The number of payload bytes, known when the header is complete.
    private(set) var length = 0
    /// The masking key, its first byte in the lowest byte.
    private(set) var key: UInt32 = 0
    private var readBytes = 0
    /// The number of bytes of a long length: 0, 2 or 8.
    private var lengthBytes = 0
    private var wideLength: UInt64 = 0

    var isComplete: Bool { readBytes == 2 + lengthBytes + 4 }

    /// Adds the next byte.
    ///
    /// - Parameter isContinuing: whether a fragmented message is open.
    /// - Throws: 1002, unless the frame is masked, allowed here and has its length in the shortest form.
    mutating func append(_ byte: UInt8, isContinuing: Bool) throws(WebSocketViolation) {
        switch readBytes {
        case 0: try appendFirst(byte, isContinuing: isContinuing)
        case 1: try appendSecond(byte)
        case 2..<(2 + lengthBytes):
            wideLength = wideLength << 8 | UInt64(byte)
            if readBytes == 1 + lengthBytes { try checkWideLength() }
        default:
            key |= UInt32(byte) << UInt32((readBytes - 2 - lengthBytes) * 8)
        }
        readBytes += 1
    }

    private mutating func appendFirst(_ byte: UInt8, isContinuing: Bool) throws(WebSocketViolation) {
        guard byte & 0x70 == 0 else {
            throw WebSocketViolation(.protocolError, "a reserved bit is set, and no extension was negotiated")
        }
        guard let opcode = WebSocketOpcode(rawValue: byte & 0x0F) else {
            throw WebSocketViolation(.protocolError, "opcode \(byte & 0x0F) is reserved")
        }
        isFinal = byte & 0x80 != 0
        self.opcode = opcode
        if opcode.isControl {
            guard isFinal else { throw WebSocketViolation(.protocolError, "a control frame must not be fragmented") }
        } else if opcode == .continuation {
            guard isContinuing else {
                throw WebSocketViolation(.protocolError, "a continuation frame without a message to continue")
            }
        } else {
            guard !isContinuing else {
                throw WebSocketViolation(.protocolError, "a new message before the end of a fragmented message")
            }
        }
    }

    private mutating func appendSecond(_ byte: UInt8) throws(WebSocketViolation) {
        guard byte & 0x80 != 0 else {
            throw WebSocketViolation(.protocolError, "the frames of a client must be masked")
        }
        length = Int(byte & 0x7F)
        guard length > 125 else { return }
        guard !opcode.isControl else {
            throw WebSocketViolation(.protocolError, "a control frame has more than 125 bytes, the limit")
        }
        lengthBytes = length == 126 ? 2 : 8
    }

    private mutating func checkWideLength() throws(WebSocketViolation) {
        let shortest: UInt64 = lengthBytes == 2 ? 126 : 65_536
        guard wideLength >= shortest, let length = Int(exactly: wideLength) else {
            throw WebSocketViolation(.protocolError, "a payload length is not written in its shortest form")
        }
        self.length = length
    }
}

/// The masking key of a client's frame, which hides the payload from caches on the way (RFC 6455, section 5.3).
package struct WebSocketMask: Sendable {
    /// The key twice, byte 0 of the payload in the lowest byte.
    private let pattern: UInt64

    /// - Parameter key: the four key bytes, the first one in the lowest byte.
    package init(key: UInt32) {
        pattern = UInt64(key) | UInt64(key) << 32
    }

    /// Copies payload bytes and removes the mask, eight bytes at a time.
    ///
    /// - Parameters:
    ///   - source: masked bytes.
    ///   - destination: at least as many bytes; may be the same memory as the source.
    ///   - offset: the number of payload bytes of this frame before the source.
    package func copy(
        _ source: UnsafeRawBufferPointer, to destination: UnsafeMutableRawBufferPointer, payloadOffset offset: Int
    ) {
        precondition(destination.count >= source.count, "the destination of unmasking is smaller than the source")
        let shift = UInt64(offset & 3) * 8
        let rotated = shift == 0 ? pattern : pattern >> shift | pattern << (64 - shift)
        var index = 0
        while index + 8 <= source.count {
            let word = UInt64(littleEndian: source.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            destination.storeBytes(of: (word ^ rotated).littleEndian, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < source.count {
            destination[index] = source[index] ^ UInt8(truncatingIfNeeded: rotated >> UInt64((index & 7) * 8))
            index += 1
        }
    }
}
