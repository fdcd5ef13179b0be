import NIOCore
import NIOHTTP1

/// How the answers to one polling request look.
struct PollingAnswers: Sendable {
    static let ok = ByteBuffer(string: "ok")

    /// Packets that python-engineio decodes of one answer; it gives up on one with more
    /// (`Payload.max_decode_packets`).
    private static let pythonPackets = 16

    /// The largest answer that is compressed, in bytes: a larger one would block the event loop for milliseconds.
    private static let largestCompressed = 256 << 10

    private let common: HTTPHeaders
    private let compressionThreshold: Int?

    /// - Parameters:
    ///   - common: the headers of every answer.
    ///   - compressionThreshold: from how many bytes on packets are compressed; nil when the client accepts none.
    init(_ common: HTTPHeaders, compressionThreshold: Int?) {
        self.common = common
        self.compressionThreshold = compressionThreshold
    }

    /// How many packets the client that began a session with this request takes in one answer.
    ///
    /// Python's clients, known by their HTTP libraries, have a limit. For others there is none, as a poll
    /// for each few packets would make everything slow.
    static func maximumPackets(_ request: HandshakeRequest) -> Int {
        guard let agent = request.header("User-Agent") else { return .max }
        return agent.hasPrefix("python-requests/") || agent.contains(" aiohttp/") ? pythonPackets : .max
    }

    /// The answer to a GET.
    func packets(_ packets: ByteBuffer) -> (headers: HTTPHeaders, body: ByteBuffer) {
        var headers = common
        headers.add(name: "Content-Type", value: "text/plain; charset=UTF-8")
        guard let compressionThreshold, packets.readableBytes >= compressionThreshold,
            packets.readableBytes <= Self.largestCompressed, let compressed = Gzip.compressed(packets)
        else { return (headers, packets) }
        headers.add(name: "Content-Encoding", value: "gzip")
        headers.add(name: "Vary", value: "Accept-Encoding")
        return (headers, compressed)
    }

    /// The headers of the answer to a POST.
    var posted: HTTPHeaders { common(with: "text/html") }

    var json: HTTPHeaders { common(with: "application/json") }

    private func common(with type: String) -> HTTPHeaders {
        var headers = common
        headers.add(name: "Content-Type", value: type)
        return headers
    }
}
