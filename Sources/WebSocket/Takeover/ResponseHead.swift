import NIOCore
import NIOHTTP1

/// Writes the head of a response whose body NIO's encoder shall not frame.
enum ResponseHead {
    static func bytes(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
        for (name, value) in headers {
            precondition(isSafe(name) && isSafe(value), "a response header may not contain a line break: \(name)")
            bytes.writeString("\(name): \(value)\r\n")
        }
        bytes.writeString("\r\n")
        return bytes
    }

    private static func isSafe(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") && $0 != 0 }
    }
}
