import BitacoraServer
import EventLog
import Logging
import Marketplace
import ServiceLifecycle
import TestSupport

/// A server in this process, on a port of its own.
struct RunningServer: Sendable {
    let port: Int
    private let group: ServiceGroup

    func connect() async throws -> Client { try await Client.connect(to: port) }

    /// One request on a connection of its own.
    func request(
        _ method: String, _ target: String, _ headers: [(String, String)] = [], body: String? = nil
    ) async throws -> Client.Answer {
        let client = try await connect()
        let answer = try await client.request(method, target, headers, body: body)
        // The server may have closed the connection after its answer.
        try? await client.close()
        return answer
    }

    /// A WebSocket; its handshake is done.
    func socket(_ query: String = "") async throws -> Client {
        let client = try await connect()
        let answer = try await client.request(
            "GET", "/api/events" + query,
            [
                ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ])
        guard answer.status == 101 else { throw TestFailure("the handshake was answered \(answer.status)") }
        return client
    }

    /// Begins to shut down; `withServer` waits for the end.
    func stop() async { await group.triggerGracefulShutdown() }

    fileprivate init(address: String, group: ServiceGroup) throws {
        guard let port = address.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw TestFailure("no port in \(address)")
        }
        self.port = port
        self.group = group
    }
}

/// Runs `body` with a server on the log in `data`, and stops it gracefully.
func withServer<Result: Sendable>(
    data: String, application: (any BitacoraApplication)? = Marketplace(),
    _ configure: (inout ServerOptions) -> Void = { _ in },
    logged: @escaping @Sendable (String) -> Void = { _ in }, _ body: (RunningServer) async throws -> Result
) async throws -> Result {
    try await withServer(data: data, configure, logged: logged, body) { options, logger, ready in
        BitacoraServer(options, application: application, logger: logger, ready: ready)
    }
}

/// Runs `body` with a server of the application in a folder.
func withServer<Result: Sendable>(
    data: String, folder: String, _ configure: (inout ServerOptions) -> Void = { _ in },
    logged: @escaping @Sendable (String) -> Void = { _ in }, _ body: (RunningServer) async throws -> Result
) async throws -> Result {
    try await withServer(data: data, configure, logged: logged, body) { options, logger, ready in
        BitacoraServer(options, folder: folder, logger: logger, ready: ready)
    }
}

private func withServer<Result: Sendable>(
    data: String, _ configure: (inout ServerOptions) -> Void, logged: @escaping @Sendable (String) -> Void,
    _ body: (RunningServer) async throws -> Result,
    _ make: (ServerOptions, Logger, @escaping @Sendable (String) -> Void) -> BitacoraServer
) async throws -> Result {
    var options = ServerOptions()
    options.port = 0
    options.data = data
    options.durability = .none
    options.loops = 2
    configure(&options)
    let (addresses, announced) = AsyncStream.makeStream(of: String.self)
    let logger = Logger(label: "test") { _ in Listener(hear: logged) }
    let server = make(options, logger) { announced.yield($0) }
    let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [server], logger: logger))
    let running = Task {
        defer { announced.finish() }
        try await group.run()
    }
    guard let address = await addresses.first(where: { _ in true }) else {
        try await running.value
        throw TestFailure("the server ended before it served")
    }
    do {
        let result = try await body(RunningServer(address: address, group: group))
        await group.triggerGracefulShutdown()
        try await running.value
        return result
    } catch {
        await group.triggerGracefulShutdown()
        try? await running.value
        throw error
    }
}

/// Passes on what is logged, of every level.
struct Listener: LogHandler {
    let hear: @Sendable (String) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { hear("\(event.message)") }
}

/// With a server on a new log.
func withServer<Result: Sendable>(
    _ configure: (inout ServerOptions) -> Void = { _ in }, _ body: (RunningServer) async throws -> Result
) async throws -> Result {
    try await withTemporaryDirectory { directory in
        try await withServer(data: directory + "/log", configure, body)
    }
}
