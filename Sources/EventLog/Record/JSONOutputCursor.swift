import Base64

/// The address where the next byte of JSON text is written; the caller provides the room.
struct JSONOutputCursor {
    var pointer: UnsafeMutableRawPointer

    @inline(__always)
    mutating func literal(_ text: StaticString) {
        pointer.copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
        pointer += text.utf8CodeUnitCount
    }

    mutating func copy(_ bytes: RawSpan) { bytes.withUnsafeBytes { copy($0) } }

    mutating func copy(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        pointer.copyMemory(from: start, byteCount: bytes.count)
        pointer += bytes.count
    }

    mutating func integer(_ value: UInt64) {
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)  // 20 digits at the most
        withUnsafeMutableBytes(of: &digits) { buffer in
            var rest = value
            var start = 20
            repeat {
                start -= 1
                buffer[start] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            pointer.copyMemory(from: buffer.baseAddress! + start, byteCount: 20 - start)
            pointer += 20 - start
        }
    }

    /// Writes a JSON string, or `null` for an empty one.
    mutating func stringOrNull(_ bytes: RawSpan) {
        if bytes.byteCount == 0 { literal("null") } else { string(bytes) }
    }

    /// Writes a JSON string; control characters, `"` and `\` are escaped (RFC 8259 §7).
    mutating func string(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { bytes in
            literal("\"")
            if Self.needsEscape(bytes) {
                for byte in bytes { escaped(byte) }
            } else {
                copy(bytes)
            }
            literal("\"")
        }
    }

    /// Writes standard base64 with padding (RFC 4648 §4).
    mutating func base64(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { pointer += Base64.encode($0, to: pointer) }
    }

    /// Whether any of the bytes needs an escape. Reads eight bytes at a time; the last eight may overlap the ones before.
    private static func needsEscape(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= 8 else { return bytes.contains(where: needsEscape) }
        var index = 0
        while index + 8 < bytes.count {
            if needsEscape(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) { return true }
            index += 8
        }
        return needsEscape(bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self))
    }

    /// Whether any of eight bytes needs an escape: subtracting 1 from a byte that is 0, or 0x20 from a byte below 0x20,
    /// borrows into its highest bit.
    @inline(__always)
    private static func needsEscape(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ ones &* UInt64(UInt8(ascii: "\""))
        let backslashes = word ^ ones &* UInt64(UInt8(ascii: "\\"))
        let found =
            ((word &- ones &* 0x20) & ~word) | ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
        return found & (ones &* 0x80) != 0
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escaped(_ byte: UInt8) {
        guard Self.needsEscape(byte) else { return put(byte) }
        if byte >= 0x20 {
            put(UInt8(ascii: "\\"))
            return put(byte)
        }
        literal("\\u00")
        put(Hexadecimal.digit(byte >> 4))
        put(Hexadecimal.digit(byte & 15))
    }

    private mutating func put(_ byte: UInt8) {
        pointer.storeBytes(of: byte, as: UInt8.self)
        pointer += 1
    }
}
