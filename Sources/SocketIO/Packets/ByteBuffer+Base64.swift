import Base64
import NIOCore

extension ByteBuffer {
    /// Appends the base64 text of bytes.
    mutating func writeBase64(_ bytes: ByteBuffer) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: Base64.encodedCount(bytes.readableBytes)) { room in
            guard let start = room.baseAddress else { return 0 }
            return bytes.withUnsafeReadableBytes { Base64.encode($0, to: start) }
        }
    }

    /// The bytes of a text; nil unless it is standard base64, padded, and nothing else.
    init?(base64 text: ByteBuffer) {
        self.init()
        guard text.readableBytes > 0 else { return }
        var isSound = false
        writeWithUnsafeMutableBytes(minimumWritableBytes: text.readableBytes) { room in
            guard let start = room.baseAddress else { return 0 }
            let count = text.withUnsafeReadableBytes { Base64.decode($0, to: start) }
            isSound = count != nil
            return count ?? 0
        }
        guard isSound else { return nil }
    }
}
