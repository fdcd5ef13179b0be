import SocketIO

struct Hint: Encodable, Sendable {
    let hint: String
}

struct Login: Decodable {
    var token: String?
    var ms: Int?
}

func addOtherNamespaces(to io: SocketIOServer) {
    io.of("/custom").onConnection { socket in socket.emit("auth", try socket.auth(as: JSON.self)) }
    addDoors(to: io)
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

private func addDoors(to io: SocketIOServer) {
    let locked = io.of("/locked")
    locked.use { socket in
        switch try socket.auth(as: Login.self).token {
        case "open": break
        case "bug": throw PlainError()
        default: throw ConnectionRefused("not allowed", data: Hint(hint: "token"))
        }
    }
    locked.onConnection { socket in socket.on("in") { "yes" } }

    let slow = io.of("/slow-door")
    slow.use { socket in
        try await Task.sleep(for: .milliseconds(try socket.auth(as: Login.self).ms ?? 0))
    }
    slow.onConnection { socket in socket.on("in") { "yes" } }
}
