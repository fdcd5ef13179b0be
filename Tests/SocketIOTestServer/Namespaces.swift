import FoundationEssentials
import SocketIO

private struct PlainError: Error {}

/// The answer to `ask`.
private struct Asked: Encodable, Sendable {
    var answer: JSON?
    var failure: String?
}

/// The answer to `ask-room`.
private struct AskedRoom: Encodable, Sendable {
    let answers: [Int]
    let missing: Int
}

/// The answer to `who`.
private struct Who: Encodable, Sendable {
    let id: String
    let namespace: String
    let transport: String
    let path: String
    let origin: String?
}

// MARK: - The namespace /

func addDefaultNamespace(to io: SocketIOServer) {
    io.onConnection { socket in
        socket.emit("auth", try socket.auth(as: JSON.self))
        addEchoes(to: socket)
        addRooms(to: socket, of: io)
        addBroadcasts(to: socket, of: io)
        addQuestions(to: socket, of: io)
        addFailures(to: socket)
        addEnds(to: socket, of: io)
        addState(to: socket)
    }
}

private func addEchoes(to socket: Socket) {
    socket.on("message") { (arguments: Arguments) in socket.emit("message-back", arguments: arguments) }
    socket.on("message-with-ack") { (arguments: Arguments) in arguments }
    socket.on("echo") { (arguments: Arguments) in arguments }
    socket.on("sum") { (a: Int, b: Int) in a + b }
    socket.on("void") {}
    socket.on("binary") { (data: Data) in
        socket.emit("binary-back", Data(data.reversed()))
        return data.count
    }
}

private func addRooms(to socket: Socket, of io: SocketIOServer) {
    socket.on("join") { (room: String) in
        socket.join(room)
        return socket.rooms.sorted()
    }
    socket.on("leave") { (room: String) in
        socket.leave(room)
        return socket.rooms.sorted()
    }
    socket.on("rooms") { socket.rooms.sorted() }
    socket.on("late-join") { (room: String) in
        socket.join(room)
        io.to(room).emit("joined", room)
    }
    socket.on("fetch") { (room: String) in
        await (room.isEmpty ? io.everyone : io.in(room)).fetchSockets().count
    }
    socket.on("move-all") { (from: String, to: String) in
        io.in(from).socketsJoin(to)
        io.in(from).socketsLeave(from)
    }
}

private func addBroadcasts(to socket: Socket, of io: SocketIOServer) {
    socket.on("to-room") { (room: String, text: String) in socket.to(room).emit("room-message", room, text) }
    socket.on("in-room") { (room: String, text: String) in io.in(room).emit("room-message", room, text) }
    socket.on("to-rooms") { (rooms: [String], text: String) in
        var target = socket.broadcast
        for room in rooms { target = target.to(room) }
        target.emit("room-message", rooms.joined(separator: ","), text)
    }
    socket.on("except") { (room: String, text: String) in io.except(room).emit("except-message", text) }
    socket.on("broadcast") { (text: String) in socket.broadcast.emit("broadcast-message", text) }
    socket.on("all") { (text: String) in io.emit("all-message", text) }
    socket.on("order") { (count: Int) in
        for number in 0..<max(0, count) { io.emit("n", number) }
        return count
    }
    socket.on("volatile") { (count: Int) in
        for number in 0..<max(0, count) { socket.volatile.emit("volatile-message", number) }
        return count
    }
    socket.on("volatile-room") { (room: String, count: Int) in
        for number in 0..<max(0, count) { io.to(room).volatile.emit("volatile-message", number) }
        return count
    }
    socket.on("flood") { (count: Int, size: Int) in
        let text = String(repeating: "x", count: max(0, size))
        for number in 0..<max(0, count) { socket.emit("flood", number, text) }
    }
}

private func addQuestions(to socket: Socket, of io: SocketIOServer) {
    socket.on("ask") { (value: JSON, milliseconds: Int) -> Asked in
        do {
            let timeout = Duration.milliseconds(milliseconds)
            return Asked(answer: try await socket.emitWithAck("question", value, timeout: timeout))
        } catch AckFailure.timedOut {
            return Asked(failure: "timed-out")
        } catch AckFailure.disconnected {
            return Asked(failure: "disconnected")
        }
    }
    socket.on("ask-room") { (room: String, value: JSON, milliseconds: Int) in
        let answers = try await io.to(room).emitWithAck(
            "question", value, as: Int.self, timeout: .milliseconds(milliseconds))
        return AskedRoom(answers: answers.values.sorted(), missing: answers.missing.count)
    }
}

private func addFailures(to socket: Socket) {
    socket.use { event in
        if event.name == "forbidden" { throw AckError(code: "forbidden", message: "this event is not allowed") }
    }
    socket.on("forbidden") { "never" }
    socket.on("fail") { throw PlainError() }
    socket.on("fail-ack") { (code: String, message: String) in throw AckError(code: code, message: message) }
    socket.on("slow") { (milliseconds: Int, value: JSON) in
        try await Task.sleep(for: .milliseconds(milliseconds))
        return value
    }
}

private func addEnds(to socket: Socket, of io: SocketIOServer) {
    socket.on("kick") { (room: String, close: Bool) in io.in(room).disconnectSockets(close: close) }
    socket.on("bye") { (close: Bool) in socket.disconnect(close: close) }
    socket.on("watch") { socket.join("watchers") }
    socket.on("close-server") {
        // In a task of its own, because `close` waits for this handler.
        Task { await io.close() }
    }
    socket.onDisconnecting { reason in
        io.to("watchers").emit("gone", socket.id, reason.rawValue, socket.rooms.sorted())
    }
}

private func addState(to socket: Socket) {
    socket.data["events"] = 0
    socket.onAny { event in
        if event.name != "count-any" { socket.data["events"] = (socket.data["events"] ?? 0) + 1 }
    }
    socket.on("count-any") { () -> Int in socket.data["events"] ?? 0 }
    socket.on("set") { (key: String, text: String) in socket.data["text " + key] = text }
    socket.on("get") { (key: String) -> String? in socket.data["text " + key] }
    socket.on("transport") { socket.transport.rawValue }
    socket.on("who") {
        Who(
            id: socket.id, namespace: socket.namespace.name, transport: socket.transport.rawValue,
            path: socket.handshake.path, origin: socket.handshake.header("origin"))
    }
}

// MARK: - Other namespaces

private struct Hint: Encodable, Sendable {
    let hint: String
}

private struct Login: Decodable {
    var token: String?
    var ms: Int?
}

func addOtherNamespaces(to io: SocketIOServer) {
    io.of("/custom").onConnection { socket in socket.emit("auth", try socket.auth(as: JSON.self)) }
    addMiddleware(to: io)
    for dynamic in [io.of(matching: /\/dyn-[0-9]+/), io.of(matching: { $0.hasPrefix("/fn-") })] {
        dynamic.onConnection { socket in
            socket.on("name") { socket.namespace.name }
            socket.on("all") { (text: String) in socket.namespace.emit("all-message", text) }
        }
    }
    io.of("/echo").onConnection { socket in
        socket.onAny { event in socket.emit(event.name, arguments: event.arguments) }
    }
}

private func addMiddleware(to io: SocketIOServer) {
    let locked = io.of("/locked")
    locked.use { socket in
        switch try socket.auth(as: Login.self).token {
        case "open": break
        case "bug": throw PlainError()
        default: throw ConnectionRefused("not allowed", data: Hint(hint: "token"))
        }
    }
    locked.onConnection { socket in socket.on("in") { "yes" } }

    let slow = io.of("/slow-middleware")
    slow.use { socket in
        try await Task.sleep(for: .milliseconds(try socket.auth(as: Login.self).ms ?? 0))
    }
    slow.onConnection { socket in socket.on("in") { "yes" } }
}

// MARK: - JSON

/// Any JSON value, for arguments that are passed on.
private enum JSON: Codable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
