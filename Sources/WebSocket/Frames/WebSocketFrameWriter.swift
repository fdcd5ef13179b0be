package import NIOCore

/// Writes a server's frames: never masked, never fragmented, the length in its shortest form.
///
/// Many frames may be appended to one buffer, and the same bytes may be sent to many sockets.
package enum WebSocketFrameWriter {
    /// The number of bytes before a payload of this length: 2, 4 or 10.
    package static func headerLength(forPayload length: Int) -> Int {
        length < 126 ? 2 : length <= 0xFFFF ? 4 : 10
    }

    /// Appends a frame's header; the caller must append exactly `payloadLength` bytes after the header.
    package static func appendHeader(_ opcode: WebSocketOpcode, payloadLength: Int, to output: inout ByteBuffer) {
        let first = 0x80 | opcode.rawValue
        switch headerLength(forPayload: payloadLength) {
        case 2: output.writeMultipleIntegers(first, UInt8(payloadLength))
        case 4: output.writeMultipleIntegers(first, 126 as UInt8, UInt16(payloadLength))
        default: output.writeMultipleIntegers(first, 127 as UInt8, UInt64(payloadLength))
        }
    }

    /// Appends a frame's header; the caller must append exactly `payloadLength` bytes after the header.
    package static func appendHeader(_ opcode: WebSocketOpcode, payloadLength: Int, to output: inout [UInt8]) {
        output.append(0x80 | opcode.rawValue)
        let wide: Int
        switch headerLength(forPayload: payloadLength) {
        case 2: return output.append(UInt8(payloadLength))
        case 4: (_, wide) = (output.append(126), 2)
        default: (_, wide) = (output.append(127), 8)
        }
        for index in (0..<wide).reversed() {
            output.append(UInt8(truncatingIfNeeded: payloadLength >> (index * 8)))
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
    ///   - reason: truncated before the character that would exceed 123 bytes.
    package static func appendClose(_ code: WebSocketCloseCode, reason: String, to output: inout ByteBuffer) {
        guard code != .missing else { return appendHeader(.close, payloadLength: 0, to: &output) }
        var reason = reason
        while reason.utf8.count > 123 { reason.unicodeScalars.removeLast() }
        appendHeader(.close, payloadLength: 2 + reason.utf8.count, to: &output)
        output.writeInteger(code.rawValue)
        output.writeString(reason)
    }

    /// Writes a frame's header where `headerLength(forPayload:)` bytes are free.
    package static func writeHeader(_ opcode: WebSocketOpcode, payloadLength: Int, to output: UnsafeMutableRawPointer) {
        output.storeBytes(of: 0x80 | opcode.rawValue, as: UInt8.self)
        switch headerLength(forPayload: payloadLength) {
        case 2:
            output.storeBytes(of: UInt8(payloadLength), toByteOffset: 1, as: UInt8.self)
        case 4:
            output.storeBytes(of: 126, toByteOffset: 1, as: UInt8.self)
            output.storeBytes(of: UInt16(payloadLength).bigEndian, toByteOffset: 2, as: UInt16.self)
        default:
            output.storeBytes(of: 127, toByteOffset: 1, as: UInt8.self)
            output.storeBytes(of: UInt64(payloadLength).bigEndian, toByteOffset: 2, as: UInt64.self)
        }
    }
}
