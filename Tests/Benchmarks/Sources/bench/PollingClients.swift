import Glibc

/// Many polling Socket.IO clients on one thread; each has a connection for GETs and one for POSTs, as a browser.
///
/// In a round trip a client posts an event with an ack id, and receives the ack with a poll. The server has no command
/// of that name: the ack is an error, and the log is not written.
final class PollingSwarm {
    /// The figures of a run.
    struct Figures {
        /// Answered GETs and POSTs.
        var requests = 0
        var seconds = 0.0
        /// Milliseconds of each round trip, from the POST to the later of the two answers.
        var trips: [Double] = []
    }

    static let ackPrefix = "430["
    private static let event = #"420["bench.none",{}]"#

    private var clients: [PollingClient] = []
    private var polled: [pollfd] = []
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)

    /// Connects `count` clients.
    ///
    /// - Parameter port: the port of a server or of ``RawResponder/polling()``.
    init(port: UInt16, count: Int) throws {
        for _ in 0..<count {
            let client = try PollingClient(port: port, event: Self.event)
            clients.append(client)
            for descriptor in [client.poller, client.poster] {
                polled.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
            }
        }
    }

    deinit {
        for descriptor in polled { Glibc.close(descriptor.fd) }
        buffer.deallocate()
    }

    /// Runs `trips` round trips of every client, one after the other.
    ///
    /// - Parameter trips: 1 or more.
    func run(trips: Int) throws -> Figures {
        var figures = Figures()
        let start = ContinuousClock.now
        for index in clients.indices { try clients[index].begin(trips: trips) }
        var active = clients.count
        while active > 0 {
            guard poll(&polled, nfds_t(polled.count), 30_000) > 0 else {
                throw BenchmarkError(
                    .wrongResult, "\(active) of \(clients.count) polling clients received no answer within 30 s")
            }
            for index in polled.indices where polled[index].revents != 0 {
                guard try read(index, &figures) else { continue }
                let client = index / 2
                guard let trip = try clients[client].endOfTrip() else { continue }
                figures.trips.append(trip)
                if clients[client].isDone { active -= 1 }
            }
        }
        figures.seconds = (ContinuousClock.now - start) / .seconds(1)
        return figures
    }

    /// Reads from a connection.
    ///
    /// - Returns: whether a response is complete.
    private func read(_ index: Int, _ figures: inout Figures) throws -> Bool {
        let count = Glibc.read(polled[index].fd, buffer.baseAddress, buffer.count)
        guard count > 0 else {
            throw BenchmarkError(.wrongResult, "the server closed the connection of a polling client")
        }
        let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        let isComplete =
            try index % 2 == 0 ? clients[index / 2].receivePoll(piece) : clients[index / 2].receivePost(piece)
        if isComplete { figures.requests += 1 }
        return isComplete
    }
}

/// One Socket.IO session over polling, connected to the namespace `/`.
struct PollingClient {
    /// The descriptor of the connection for GETs.
    let poller: Int32
    /// The descriptor of the connection for POSTs.
    let poster: Int32
    private let get: [UInt8]
    private let post: [UInt8]
    /// The same POST with the answer to a heartbeat.
    private let postWithPong: [UInt8]
    private var polling = HTTPResponse()
    private var posting = HTTPResponse()
    private var owesPong = false
    private var hasAck = true
    private var isPosted = true
    private var tripsLeft = 0
    private var start = ContinuousClock.now

    /// Opens the session and connects.
    ///
    /// - Parameter event: the packet of a round trip, with ack id 0.
    init(port: UInt16, event: String) throws {
        (poller, poster) = (try Loopback.connect(port), try Loopback.connect(port))
        let target = "/socket.io/?EIO=4&transport=polling"
        let open = try Self.exchange(Self.request("GET", target), poller)
        guard open.starts(with: #"0{"sid":""#.utf8) else {
            throw BenchmarkError(
                .wrongResult, "the server opened a session with \(String(decoding: open, as: UTF8.self))")
        }
        let session =
            target + "&sid=" + String(decoding: open.dropFirst(9).prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
        get = Self.request("GET", session)
        post = Self.request("POST", session, event)
        postWithPong = Self.request("POST", session, "3\u{1E}" + event)
        _ = try Self.exchange(Self.request("POST", session, SocketDialect.connectPacket(.live)), poster)
        while !Self.packets(try Self.exchange(get, poller)).contains(where: { $0.starts(with: "40{".utf8) }) {}
    }

    private static func request(_ method: String, _ target: String, _ body: String? = nil) -> [UInt8] {
        let length = body.map { "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: \($0.utf8.count)\r\n" } ?? ""
        return Array("\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(length)\r\n\(body ?? "")".utf8)
    }

    /// Sends a request, and returns the body of the response.
    private static func exchange(_ request: [UInt8], _ descriptor: Int32) throws -> [UInt8] {
        guard Loopback.send(request, to: descriptor) else {
            throw BenchmarkError(.wrongResult, "the server closed the connection of a polling client")
        }
        var response = HTTPResponse()
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else {
                throw BenchmarkError(.wrongResult, "the server closed the connection of a polling client")
            }
            if chunk.withUnsafeBytes({ response.receive(UnsafeRawBufferPointer(rebasing: $0[..<count])) }) {
                return try response.removeBody(expecting: 200)
            }
        }
    }

    private static func packets(_ body: [UInt8]) -> [ArraySlice<UInt8>] { body.split(separator: 0x1E) }

    var isDone: Bool { tripsLeft == 0 }

    /// Starts the first of `trips` round trips.
    mutating func begin(trips: Int) throws {
        tripsLeft = trips
        try startTrip()
    }

    private mutating func startTrip() throws {
        (hasAck, isPosted) = (false, false)
        start = .now
        try send(owesPong ? postWithPong : post, poster)
        owesPong = false
        try send(get, poller)
    }

    private func send(_ request: [UInt8], _ descriptor: Int32) throws {
        guard Loopback.send(request, to: descriptor) else {
            throw BenchmarkError(.wrongResult, "the server closed the connection of a polling client")
        }
    }

    /// Receives a part of the response to the GET, and sends the next GET unless the ack has arrived.
    ///
    /// - Returns: whether the response is complete.
    mutating func receivePoll(_ piece: UnsafeRawBufferPointer) throws -> Bool {
        guard polling.receive(piece) else { return false }
        for packet in Self.packets(try polling.removeBody(expecting: 200)) {
            if packet.starts(with: PollingSwarm.ackPrefix.utf8) { hasAck = true }
            if packet.elementsEqual("2".utf8) { owesPong = true }
        }
        if !hasAck { try send(get, poller) }
        return true
    }

    /// Receives a part of the response to the POST.
    ///
    /// - Returns: whether the response is complete.
    mutating func receivePost(_ piece: UnsafeRawBufferPointer) throws -> Bool {
        guard posting.receive(piece) else { return false }
        _ = try posting.removeBody(expecting: 200)
        isPosted = true
        return true
    }

    /// Starts the next round trip when the current one has ended.
    ///
    /// - Returns: the milliseconds of the trip that ended; nil when none has ended.
    mutating func endOfTrip() throws -> Double? {
        guard hasAck, isPosted, tripsLeft > 0 else { return nil }
        let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
        tripsLeft -= 1
        if tripsLeft > 0 { try startTrip() }
        return milliseconds
    }
}

/// A parser for one HTTP response with `Content-Length`, which may arrive in any pieces.
struct HTTPResponse {
    private var bytes: [UInt8] = []
    /// The range of the body in `bytes`; nil until the head is complete.
    private var body: Range<Int>?

    /// Receives a piece.
    ///
    /// - Returns: whether the response is complete.
    mutating func receive(_ piece: UnsafeRawBufferPointer) -> Bool {
        bytes.append(contentsOf: piece)
        if body == nil, let end = bytes.endOfHead { body = end..<end + Self.contentLength(bytes[..<end]) }
        return body.map { bytes.count >= $0.upperBound } ?? false
    }

    /// Returns the body, and resets the parser for the next response.
    ///
    /// - Throws: `.wrongResult` when the status is not `status`.
    mutating func removeBody(expecting status: Int) throws -> [UInt8] {
        guard let body, bytes.starts(with: "HTTP/1.1 \(status) ".utf8) else {
            throw BenchmarkError(
                .wrongResult, "the server answered \(String(decoding: bytes.prefix(400), as: UTF8.self))")
        }
        defer { self = HTTPResponse() }
        return Array(bytes[body])
    }

    private static func contentLength(_ head: ArraySlice<UInt8>) -> Int {
        let name = Array("\ncontent-length:".utf8)
        var index = head.startIndex
        while let line = head[index...].firstIndex(of: name[0]) {
            index = line + name.count
            guard index < head.endIndex else { return 0 }
            if zip(head[line..<index], name).allSatisfy({ $0 == $1 || $0 | 0x20 == $1 }) {
                return head[index...].drop { $0 == UInt8(ascii: " ") }.prefix { (48...57).contains($0) }
                    .reduce(0) { ($0 &* 10) &+ Int($1 - 48) }
            }
            index = line + 1
        }
        return 0
    }
}

extension [UInt8] {
    /// The index after the empty line that ends the head of an HTTP message.
    var endOfHead: Int? {
        var index = 0
        while let newline = self[index...].firstIndex(of: UInt8(ascii: "\n")) {
            index = newline + 1
            if index >= 4, self[index - 2] == UInt8(ascii: "\r"), self[index - 3] == UInt8(ascii: "\n") { return index }
        }
        return nil
    }
}
