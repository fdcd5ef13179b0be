extension WebSocketFrameWriter {
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
