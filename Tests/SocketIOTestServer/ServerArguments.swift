import SocketIO

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Flushes stdout, which is buffered when it is a pipe.
func flushOutput() { fflush(nil) }

/// The options of the command line.
struct ServerArguments {
    struct Unknown: Error { let argument: String }

    var options = SocketIOOptions()
    var port = 0
    var loops = 2
    var isWebSocketEcho = false

    init(_ arguments: some Sequence<String>) throws {
        var rest = Array(arguments)
        options.clientScript = .own
        while !rest.isEmpty {
            let name = rest.removeFirst()
            if try !takeFlag(name) { try take(name, rest.isEmpty ? "" : rest.removeFirst()) }
        }
    }

    private mutating func takeFlag(_ name: String) throws -> Bool {
        switch name {
        case "--polling-only": options.transports = [.polling]
        case "--websocket-only": options.transports = [.webSocket]
        case "--no-upgrades": options.allowsUpgrades = false
        case "--websocket-echo": isWebSocketEcho = true
        default: return false
        }
        return true
    }

    private mutating func take(_ name: String, _ value: String) throws {
        func number() throws -> Int {
            guard let number = Int(value) else { throw Unknown(argument: "\(name) \(value)") }
            return number
        }
        func time() throws -> Duration { .milliseconds(try number()) }
        switch name {
        case "--port": port = try number()
        case "--loops": loops = try number()
        case "--ping-interval": options.pingInterval = try time()
        case "--ping-timeout": options.pingTimeout = try time()
        case "--connect-timeout": options.connectTimeout = try time()
        case "--upgrade-timeout": options.upgradeTimeout = try time()
        case "--attachment-timeout": options.attachmentTimeout = try time()
        case "--max-packet": options.maximumPacketBytes = try number()
        case "--stall": options.stallTime = try time()
        case "--max-payload": options.maximumPayload = try number()
        case "--max-buffered": options.maximumBufferedBytes = try number()
        case "--max-sessions": options.maximumSessions = try number()
        case "--max-unjoined-per-connection": options.maximumUnjoinedPerConnection = try number()
        case "--max-unjoined-per-address": options.maximumUnjoinedPerAddress = try number()
        case "--max-namespaces": options.maximumNamespaces = try number()
        case "--max-rooms": options.maximumRooms = try number()
        case "--max-waiting": options.maximumEventsWaiting = try number()
        case "--allow-origin": options.allowedOrigins.append(value)
        case "--refuse-header":
            options.allowRequest = { $0.header(value) == nil ? nil : "not today" }
        default: throw Unknown(argument: name)
        }
    }
}
