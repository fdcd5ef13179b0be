import Base64
import JSON
import NIOCore

extension ByteBuffer {
    /// Appends a string as JSON: in quotes, with escapes.
    mutating func writeJSONString(_ text: String) {
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        guard isPlain else {
            var escaped: [UInt8] = []
            JSONText.writeString(text, into: &escaped)
            writeBytes(escaped)
            return
        }
        reserveCapacity(minimumWritableBytes: text.utf8.count + 2)
        writeInteger(UInt8(ascii: "\""))
        writeString(text)
        writeInteger(UInt8(ascii: "\""))
    }

    /// Appends a number in decimal.
    mutating func writeDecimal(_ value: some FixedWidthInteger) {
        writeString(String(value))
    }

    /// The next byte, without reading it; nil at the end.
    var nextByte: UInt8? { getInteger(at: readerIndex) }
}

extension ByteBuffer {
    /// Appends the base64 text of bytes.
    mutating func writeBase64(_ bytes: ByteBuffer) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: Base64.encodedCount(bytes.readableBytes)) { room in
            guard let start = room.baseAddress else { return 0 }
            return bytes.withUnsafeReadableBytes { Base64.encode($0, to: start) }
        }
    }

    /// Decodes a text; nil unless all of it is standard base64 with padding.
    init?(base64 text: ByteBuffer) {
        self.init()
        guard text.readableBytes > 0 else { return }
        var isValid = false
        writeWithUnsafeMutableBytes(minimumWritableBytes: text.readableBytes) { room in
            guard let start = room.baseAddress else { return 0 }
            let count = text.withUnsafeReadableBytes { Base64.decode($0, to: start) }
            isValid = count != nil
            return count ?? 0
        }
        guard isValid else { return nil }
    }
}
