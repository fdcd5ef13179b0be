/// The start of a frame, taken byte by byte and refused at its first wrong one.
///
/// ```
///  byte 0            byte 1             then
/// ┌───┬─────┬──────┬──────┬────────┬──────────────────────────┬──────────┐
/// │FIN│RSV 3│opcode│MASK 1│length 7│ 0, 2 (126) or 8 (127) B  │ key, 4 B │
/// └───┴─────┴──────┴──────┴────────┴──────────────────────────┴──────────┘
/// ```
/// Holds at most 14 bytes, so that a connection with half a header keeps no read buffer.
struct WebSocketFrameHeader {
    private(set) var opcode = WebSocketOpcode.continuation
    private(set) var isFinal = false
    /// Payload bytes, known once the header is complete; at most `Int.max`.
    private(set) var length = 0
    private(set) var key: UInt32 = 0
    private var taken = 0
    private var lengthBytes = 0
    private var wideLength: UInt64 = 0

    var isComplete: Bool { taken == 2 + lengthBytes + 4 }

    /// Takes the next byte.
    ///
    /// - Parameter isContinuing: whether a fragmented message is open.
    /// - Throws: 1002, for anything but a masked frame in the right place with the shortest length.
    mutating func take(_ byte: UInt8, isContinuing: Bool) throws(WebSocketViolation) {
        switch taken {
        case 0: try takeFirst(byte, isContinuing: isContinuing)
        case 1: try takeSecond(byte)
        case 2..<(2 + lengthBytes):
            wideLength = wideLength << 8 | UInt64(byte)
            if taken == 1 + lengthBytes { try checkWideLength() }
        default:
            key |= UInt32(byte) << UInt32((taken - 2 - lengthBytes) * 8)
        }
        taken += 1
    }

    private mutating func takeFirst(_ byte: UInt8, isContinuing: Bool) throws(WebSocketViolation) {
        guard byte & 0x70 == 0 else {
            throw WebSocketViolation(.protocolError, "a reserved bit is set, and no extension was agreed on")
        }
        guard let opcode = WebSocketOpcode(rawValue: byte & 0x0F) else {
            throw WebSocketViolation(.protocolError, "opcode \(byte & 0x0F) is reserved")
        }
        isFinal = byte & 0x80 != 0
        self.opcode = opcode
        if opcode.isControl {
            guard isFinal else { throw WebSocketViolation(.protocolError, "a control frame may not be fragmented") }
        } else if opcode == .continuation {
            guard isContinuing else {
                throw WebSocketViolation(.protocolError, "a continuation without a message to continue")
            }
        } else {
            guard !isContinuing else {
                throw WebSocketViolation(.protocolError, "a new message inside a fragmented one")
            }
        }
    }

    private mutating func takeSecond(_ byte: UInt8) throws(WebSocketViolation) {
        guard byte & 0x80 != 0 else { throw WebSocketViolation(.protocolError, "a client's frames must be masked") }
        length = Int(byte & 0x7F)
        guard length > 125 else { return }
        guard !opcode.isControl else {
            throw WebSocketViolation(.protocolError, "a control frame carries at most 125 bytes")
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
