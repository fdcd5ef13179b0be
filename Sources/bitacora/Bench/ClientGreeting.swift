import Glibc

/// The beginning of a client's connection: what it says and waits for before events come.
struct ClientGreeting {
    let descriptor: Int32
    /// What came and was not waited for: the beginning of the events.
    private(set) var rest: [UInt8] = []

    init(port: UInt16) throws { descriptor = try Loopback.connect(port) }

    func send(_ bytes: [UInt8]) throws {
        guard Loopback.send(bytes, to: descriptor) else {
            throw Failure(ExitStatus.refused, "the server refused a client")
        }
    }

    /// Waits for the answer to the upgrade.
    mutating func awaitSwitch() throws {
        while true {
            guard let end = rest.endOfHead else {
                try receive()
                continue
            }
            guard rest.starts(with: "HTTP/1.1 101".utf8) else {
                throw Failure(
                    ExitStatus.refused, "the server answered \(String(decoding: rest.prefix(400), as: UTF8.self))")
            }
            rest.removeFirst(end)
            return
        }
    }

    /// Waits for a frame with a text that begins with `prefix`.
    mutating func awaitText(_ prefix: String) throws {
        while true {
            guard let (header, payload) = rest.withUnsafeBytes({ FrameCounter.header($0, 0) }),
                rest.count >= header + payload
            else {
                try receive()
                continue
            }
            let text = rest[header..<header + payload]
            guard text.starts(with: prefix.utf8) else {
                throw Failure(
                    ExitStatus.refused,
                    "the server greeted a client with \(String(decoding: text.prefix(400), as: UTF8.self))")
            }
            rest.removeFirst(header + payload)
            return
        }
    }

    private mutating func receive() throws {
        try withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            guard count > 0 else { throw Failure(ExitStatus.refused, "the server refused a client") }
            rest.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
