import Dispatch
import Glibc
import Synchronization

/// Takes one HTTP request on a free port and gives it a fixed answer.
final class TestServer: Sendable {
    let address: String
    private let listener: Int32
    private let received = Mutex("")

    /// - Parameter answer: status line, type and body.
    init(answering status: String, type: String = "application/json", _ body: String) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 1) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw SystemError(call: "listen") }
        self.listener = listener
        address = "http://127.0.0.1:\(UInt16(bigEndian: name.sin_port))"
        let answer = "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        DispatchQueue.global().async { [self] in serve(Array(answer.utf8)) }
    }

    deinit { close(listener) }

    /// The whole request.
    var request: String { received.withLock { $0 } }

    private func serve(_ answer: [UInt8]) {
        let connection = accept(listener, nil, nil)
        defer { close(connection) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while !Self.isWhole(bytes) {
            let count = read(connection, &chunk, chunk.count)
            guard count > 0 else { return }
            bytes += chunk[..<count]
        }
        received.withLock { $0 = String(decoding: bytes, as: UTF8.self) }
        _ = write(connection, answer, answer.count)
    }

    private static func isWhole(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(ofText: "\r\n\r\n") else { return false }
        let length =
            text.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { Int($0.split(separator: " ").last ?? "") } ?? 0
        return text.utf8.count - end >= length
    }
}

extension String {
    /// How many bytes end with the first `text`.
    fileprivate func range(ofText text: String) -> Int? {
        let (own, wanted) = (Array(utf8), Array(text.utf8))
        guard own.count >= wanted.count else { return nil }
        return (0...own.count - wanted.count).first { own[$0..<$0 + wanted.count].elementsEqual(wanted) }.map {
            $0 + wanted.count
        }
    }
}
