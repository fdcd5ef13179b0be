/// The four bytes with which a client hides its payload from caches on the way (RFC 6455 section 5.3).
package struct WebSocketMask: Sendable {
    /// The key twice, byte 0 of the payload in the lowest byte.
    private let pattern: UInt64

    /// - Parameter key: the four key bytes, the first one in the lowest byte.
    package init(key: UInt32) {
        pattern = UInt64(key) | UInt64(key) << 32
    }

    /// Copies payload bytes and takes the mask off, eight bytes at a time.
    ///
    /// - Parameters:
    ///   - source: masked bytes.
    ///   - destination: at least as many bytes; may be the same memory as the source.
    ///   - offset: how many payload bytes of this frame came before the source.
    package func copy(
        _ source: UnsafeRawBufferPointer, to destination: UnsafeMutableRawBufferPointer, payloadOffset offset: Int
    ) {
        precondition(destination.count >= source.count, "unmasking needs as much room as it has bytes")
        let turn = UInt64(offset & 3) * 8
        let turned = turn == 0 ? pattern : pattern >> turn | pattern << (64 - turn)
        var index = 0
        while index + 8 <= source.count {
            let word = UInt64(littleEndian: source.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            destination.storeBytes(of: (word ^ turned).littleEndian, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < source.count {
            destination[index] = source[index] ^ UInt8(truncatingIfNeeded: turned >> UInt64((index & 7) * 8))
            index += 1
        }
    }
}
