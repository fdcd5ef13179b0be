package import NIOCore

/// Writes a server's frames: never masked, never fragmented, the length in its shortest form.
///
/// Frames may be appended one behind the other into one buffer and the same bytes sent to any
/// number of sockets.
package enum WebSocketFrameWriter {
    /// Bytes before a payload of the given length: 2, 4 or 10.
    package static func headerLength(forPayload length: Int) -> Int {
        length < 126 ? 2 : length <= 0xFFFF ? 4 : 10
    }

    /// Appends a frame's header; the caller appends exactly `payloadLength` bytes behind it.
    package static func appendHeader(_ opcode: WebSocketOpcode, payloadLength: Int, to output: inout ByteBuffer) {
        let first = 0x80 | opcode.rawValue
        switch headerLength(forPayload: payloadLength) {
        case 2: output.writeMultipleIntegers(first, UInt8(payloadLength))
        case 4: output.writeMultipleIntegers(first, 126 as UInt8, UInt16(payloadLength))
        default: output.writeMultipleIntegers(first, 127 as UInt8, UInt64(payloadLength))
        }
    }

    /// Appends a frame's header; the caller appends exactly `payloadLength` bytes behind it.
    package static func appendHeader(_ opcode: WebSocketOpcode, payloadLength: Int, to output: inout [UInt8]) {
        output.append(0x80 | opcode.rawValue)
        let wide: Int
        switch headerLength(forPayload: payloadLength) {
        case 2: return output.append(UInt8(payloadLength))
        case 4: (_, wide) = (output.append(126), 2)
        default: (_, wide) = (output.append(127), 8)
        }
        for place in (0..<wide).reversed() {
            output.append(UInt8(truncatingIfNeeded: payloadLength >> (place * 8)))
        }
    }

    /// Appends a whole frame.
    package static func append(_ opcode: WebSocketOpcode, payload: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        appendHeader(opcode, payloadLength: payload.count, to: &output)
        output.append(contentsOf: payload)
    }

    /// Appends a whole frame.
    package static func append(_ opcode: WebSocketOpcode, payload: [UInt8], to output: inout [UInt8]) {
        payload.withUnsafeBytes { append(opcode, payload: $0, to: &output) }
    }

    /// Appends a whole frame.
    package static func append(_ opcode: WebSocketOpcode, payload: UnsafeRawBufferPointer, to output: inout ByteBuffer)
    {
        output.reserveCapacity(minimumWritableBytes: headerLength(forPayload: payload.count) + payload.count)
        appendHeader(opcode, payloadLength: payload.count, to: &output)
        output.writeBytes(payload)
    }

    /// Appends a whole frame.
    package static func append(_ opcode: WebSocketOpcode, payload: [UInt8], to output: inout ByteBuffer) {
        payload.withUnsafeBytes { append(opcode, payload: $0, to: &output) }
    }

    /// Appends a whole frame.
    package static func append(_ opcode: WebSocketOpcode, payload: ByteBuffer, to output: inout ByteBuffer) {
        payload.withUnsafeReadableBytes { append(opcode, payload: $0, to: &output) }
    }

    /// Appends a whole text frame.
    package static func append(text: String, to output: inout ByteBuffer) {
        var text = text
        text.withUTF8 { append(.text, payload: UnsafeRawBufferPointer($0), to: &output) }
    }

    /// Appends a close frame.
    ///
    /// - Parameters:
    ///   - code: `missing` writes an empty payload.
    ///   - reason: cut before the character that would go beyond 123 bytes.
    package static func appendClose(_ code: WebSocketCloseCode, reason: String, to output: inout ByteBuffer) {
        guard code != .missing else { return appendHeader(.close, payloadLength: 0, to: &output) }
        var reason = reason
        while reason.utf8.count > 123 { reason.unicodeScalars.removeLast() }
        appendHeader(.close, payloadLength: 2 + reason.utf8.count, to: &output)
        output.writeInteger(code.rawValue)
        output.writeString(reason)
    }
}
