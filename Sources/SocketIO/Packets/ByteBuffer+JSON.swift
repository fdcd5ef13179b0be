import JSON
import NIOCore

extension ByteBuffer {
    /// Appends a string in quotes, escaped as JSON wants it.
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

    /// The next byte, which stays where it is; nil at the end.
    var nextByte: UInt8? { getInteger(at: readerIndex) }
}
