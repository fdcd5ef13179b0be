import Glibc

/// One Socket.IO session over polling, connected to `/`.
struct PollingClient {
    /// Has the GETs.
    let poller: Int32
    /// Has the POSTs.
    let poster: Int32
    private let get: [UInt8]
    private let post: [UInt8]
    /// The same, with the answer to a heartbeat.
    private let postWithPong: [UInt8]
    private var polling = HTTPAnswer()
    private var posting = HTTPAnswer()
    private var owesPong = false
    private var hasAck = true
    private var isPosted = true
    private var tripsLeft = 0
    private var start = ContinuousClock.now

    /// Opens the session and connects.
    ///
    /// - Parameter event: the packet of a round trip; it asks for ack 0.
    init(port: UInt16, event: String) throws {
        (poller, poster) = (try Loopback.connect(port), try Loopback.connect(port))
        let target = "/socket.io/?EIO=4&transport=polling"
        let open = try Self.exchange(Self.request("GET", target), poller)
        guard open.starts(with: #"0{"sid":""#.utf8) else {
            throw Failure(
                ExitStatus.refused, "the server opened a session with \(String(decoding: open, as: UTF8.self))")
        }
        let session =
            target + "&sid=" + String(decoding: open.dropFirst(9).prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
        get = Self.request("GET", session)
        post = Self.request("POST", session, event)
        postWithPong = Self.request("POST", session, "3\u{1E}" + event)
        _ = try Self.exchange(Self.request("POST", session, SwarmDialect.connect(.live)), poster)
        while !Self.packets(try Self.exchange(get, poller)).contains(where: { $0.starts(with: "40{".utf8) }) {}
    }

    private static func request(_ method: String, _ target: String, _ body: String? = nil) -> [UInt8] {
        let length = body.map { "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: \($0.utf8.count)\r\n" } ?? ""
        return Array("\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(length)\r\n\(body ?? "")".utf8)
    }

    /// Sends a request and waits for what is answered.
    private static func exchange(_ request: [UInt8], _ descriptor: Int32) throws -> [UInt8] {
        guard Loopback.send(request, to: descriptor) else {
            throw Failure(ExitStatus.refused, "the server refused a polling client")
        }
        var answer = HTTPAnswer()
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { throw Failure(ExitStatus.refused, "the server refused a polling client") }
            if chunk.withUnsafeBytes({ answer.take(UnsafeRawBufferPointer(rebasing: $0[..<count])) }) {
                return try answer.takeBody(wanting: 200)
            }
        }
    }

    private static func packets(_ body: [UInt8]) -> [ArraySlice<UInt8>] { body.split(separator: 0x1E) }

    var isDone: Bool { tripsLeft == 0 }

    mutating func begin(trips: Int) throws {
        tripsLeft = trips
        try go()
    }

    private mutating func go() throws {
        (hasAck, isPosted) = (false, false)
        start = .now
        try send(owesPong ? postWithPong : post, poster)
        owesPong = false
        try send(get, poller)
    }

    private func send(_ request: [UInt8], _ descriptor: Int32) throws {
        guard Loopback.send(request, to: descriptor) else {
            throw Failure(ExitStatus.refused, "the server closed a polling client")
        }
    }

    /// - Returns: whether the GET is answered; unless that brought the ack, the next one is sent.
    mutating func takePoll(_ piece: UnsafeRawBufferPointer) throws -> Bool {
        guard polling.take(piece) else { return false }
        for packet in Self.packets(try polling.takeBody(wanting: 200)) {
            if packet.starts(with: PollingSwarm.ackPrefix.utf8) { hasAck = true }
            if packet.elementsEqual("2".utf8) { owesPong = true }
        }
        if !hasAck { try send(get, poller) }
        return true
    }

    /// - Returns: whether the POST is answered.
    mutating func takePost(_ piece: UnsafeRawBufferPointer) throws -> Bool {
        guard posting.take(piece) else { return false }
        _ = try posting.takeBody(wanting: 200)
        isPosted = true
        return true
    }

    /// Begins the next trip where one has ended.
    ///
    /// - Returns: the milliseconds of the one that ended.
    mutating func endOfTrip() throws -> Double? {
        guard hasAck, isPosted, tripsLeft > 0 else { return nil }
        let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
        tripsLeft -= 1
        if tripsLeft > 0 { try go() }
        return milliseconds
    }
}
