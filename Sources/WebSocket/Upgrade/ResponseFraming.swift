import NIOCore
import NIOHTTP1

/// Writes the head of a response that does not pass NIO's encoder.
enum ResponseHead {
    static func bytes(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) -> ByteBuffer {
        var bytes = ByteBuffer()
        append(status, headers, to: &bytes)
        bytes.writeString("\r\n")
        return bytes
    }

    /// Appends the status line and the headers, without the empty line after them.
    static func append(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, to bytes: inout ByteBuffer) {
        precondition(isSafe(status.reasonPhrase), "a reason phrase may not contain a line break")
        for text in ["HTTP/1.1 ", String(status.code), " ", status.reasonPhrase, "\r\n"] { bytes.writeString(text) }
        for (name, value) in headers {
            precondition(isSafe(name) && isSafe(value), "a response header may not contain a line break: \(name)")
            bytes.writeString(name)
            bytes.writeString(": ")
            bytes.writeString(value)
            bytes.writeString("\r\n")
        }
    }

    private static func isSafe(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") && $0 != 0 }
    }
}
