public import ArgumentParser
import BitacoraServer
public import EventLog
import Glibc
public import Logging
import Inspection
import ServiceLifecycle
import UnixSignals

/// `bitacora serve`.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve the log: pages, the HTTP API, WebSockets and event streams.",
        discussion: """
            Example: bitacora serve --port 8080 --seed

            Without --app and --bare, the application of the executable is served: \(Bitacora.application.name). With \
            --app DIR, the application in a folder is served: app.json, schemas and views, as `bitacora app new` writes \
            them. Its definition is stored in the log, so that the commands of bitacora log know its collections.

            Once it serves, a line 'listening on http://HOST:PORT' is printed; logs go to standard error. SIGTERM \
            and SIGINT close every socket, commit what waits, write a snapshot and end with status 0.

            The executable contains its templates, assets and demo events. With --views the files of a directory are \
            used in place of those of the application, and of built-in ones, of the same name.

            All templates are compiled at the start; when some have errors, all errors are reported and the server \
            ends. With --development templates and assets are read from --views, --app and ./Views: an \
            edited file takes effect at the next request, and an error is shown as a page. Changes of app.json and its \
            schemas take effect as well.

            \(ExitStatus.explanation)
            """)

    @Option(help: "The host name or address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 for a free port.")
    var port = 8080

    @Option(
        help: ArgumentHelp(
            "The directory of the log; created if it does not exist. \(DataDirectory.defaultDescription)",
            valueName: "dir"),
        completion: .directory, transform: parseDirectory)
    var data = DataDirectory.defaultPath

    @Option(
        help: ArgumentHelp(
            "A directory of templates, with layouts, partials and assets, that are used before the built-in ones.",
            valueName: "dir"),
        completion: .directory)
    var views: String?

    @Flag(help: "Read templates and assets again when they change, and show errors in templates as pages.")
    var development = false

    @Option(
        help: "When a commit reaches the disk: sync (before it is acknowledged), interval(MS) or none.",
        completion: .list(["sync", "interval(1000)", "none"]))
    var durability = Durability.sync

    @Option(
        help: ArgumentHelp(
            "The folder of the application: app.json, schemas and views; without it the built-in application.",
            valueName: "dir"),
        completion: .directory, transform: parseDirectory)
    var app: String?

    @Flag(help: "Serve the log alone, without an application; the inspector is the home page.")
    var bare = false

    @Flag(help: "Fill an empty log with demo events: the built-in ones, or those of --seed-from.")
    var seed = false

    @Option(
        help: ArgumentHelp(
            "With --seed: a directory of demo events to use instead of the built-in ones.", valueName: "dir"),
        completion: .directory)
    var seedFrom: String?

    @Option(
        help: ArgumentHelp(
            "An origin whose pages may use this server, such as https://shop.example; repeatable.", valueName: "origin"
        ))
    var allowOrigin: [String] = []

    @Option(
        help: ArgumentHelp(
            "An origin from which pages may load pictures, such as https://cdn.example; repeatable.",
            valueName: "origin"),
        transform: Serve.parseImageOrigin)
    var imageOrigin: [ImageOrigin] = []

    @Flag(help: "Allow connections from other machines although authentication is off.")
    var open = false

    @Option(
        help: ArgumentHelp(
            "The browser client to serve instead of the built-in one, such as an official socket.io.min.js.",
            valueName: "file"),
        completion: .file(extensions: ["js"]))
    var socketioClient: String?

    @Flag(
        help:
            "Send Socket.IO clients no positions, so that they cannot recover a session; for clients that do not expect the extra argument."
    )
    var noRecovery = false

    @Option(help: "The maximum number of connections; further ones wait to be accepted.")
    var maxConnections = 20_000

    @Option(help: "The maximum size of the data of an event in bytes, 1 to 16777216.")
    var maxData = 1 << 20

    @Option(help: "The maximum size of the log's file in bytes; appends beyond it are refused.")
    var maxSize = 1 << 42

    @Option(help: "Write a snapshot after this many events, and at the end.")
    var snapshotEvery: UInt64 = 10_000

    @Option(
        help: ArgumentHelp("Trim events older than this: 12h, 90d; checked once a minute.", valueName: "age"),
        transform: Age.parse)
    var keepAge: Duration?

    @Option(help: ArgumentHelp("Trim the oldest events when there are more than this.", valueName: "count"))
    var keepEvents: UInt64?

    @Option(
        help: ArgumentHelp(
            "Trim the oldest events when all events take more bytes than this: 500MB, 10GiB.", valueName: "size"),
        transform: ByteCount.parse)
    var keepBytes: Int?

    @Option(
        help: ArgumentHelp("The time between two checks for events to trim.", visibility: .hidden),
        transform: Age.parse)
    var trimEvery = Duration.seconds(60)

    @Option(help: "What is logged: trace, debug, info, notice, warning, error or critical.")
    var logLevel = Logger.Level.info

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be 0 … 65535, not \(port)") }
        guard (1...EventLimits.maximumData).contains(maxData) else {
            throw ValidationError("--max-data must be 1 … \(EventLimits.maximumData), not \(maxData)")
        }
        guard maxSize >= 1 << 20 else { throw ValidationError("--max-size must be 1048576 or more, not \(maxSize)") }
        guard maxConnections >= 1 else {
            throw ValidationError("--max-connections must be 1 or more, not \(maxConnections)")
        }
        guard snapshotEvery >= 1 else {
            throw ValidationError("--snapshot-every must be 1 or more, not \(snapshotEvery)")
        }
        if bare, app != nil {
            throw ValidationError("--bare serves no application, and --app names one; leave out one of them")
        }
        if bare, seed {
            throw ValidationError("--bare serves no application, which --seed needs; leave out one of them")
        }
        if app != nil, seed {
            throw ValidationError(
                "--seed appends the demo events of an application, and a folder has none; leave out --seed, and append events with `bitacora log import`"
            )
        }
        guard seed || seedFrom == nil else {
            throw ValidationError("--seed-from needs --seed; pass both, or leave out --seed-from")
        }
        if keepEvents == 0 { throw ValidationError("--keep-events must be 1 or more, not 0") }
        for origin in allowOrigin where !Self.isOrigin(origin) {
            throw ValidationError(
                "--allow-origin \(origin) is not an origin; write it like https://shop.example, without a path")
        }
    }

    @Sendable private static func parseImageOrigin(_ text: String) throws -> ImageOrigin {
        guard let origin = ImageOrigin(text) else {
            throw ValidationError(
                "'\(text)' is not an origin; write https:// or http:// and a host name, with a port if needed and without a path, such as https://cdn.example"
            )
        }
        return origin
    }

    private static func isOrigin(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 3 && ["http:", "https:"].contains(parts[0].lowercased()) && parts[1].isEmpty
            && !parts[2].isEmpty
    }

    func run() async throws {
        var logger = Logger(label: "bitacora", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = logLevel
        let descriptors = Descriptors.raiseLimit()
        CrashHandler.install()
        var options = options
        options.maximumConnections = min(maxConnections, Descriptors.connections(within: descriptors))
        let clamped = options.maximumConnections
        let server = server(options, logger) { [maxConnections, logger] address in
            if clamped < maxConnections {
                logger.notice(
                    "at most \(clamped) connections are accepted, because \(descriptors) files may be open; for \(maxConnections) (--max-connections) raise the limit of open files with ulimit -n or systemd's LimitNOFILE"
                )
            }
            print("listening on \(address)")
            fflush(nil)
        }
        var configuration = ServiceGroupConfiguration(
            services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // A client that reads nothing must not delay the end of the process.
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        do {
            try await DataDirectory.withParent(of: options.data) {
                try await ServiceGroup(configuration: configuration).run()
            }
        } catch {
            // The first line of any other error says what failed and where.
            throw Failure(error)
                ?? Failure(ExitStatus.unusable, "\(error)".prefix { $0 != "\n" }.description)
        }
    }

    private func server(
        _ options: ServerOptions, _ logger: Logger, ready: @escaping @Sendable (String) -> Void
    ) -> BitacoraServer {
        if let app { return BitacoraServer(options, folder: app, logger: logger, ready: ready) }
        return BitacoraServer(options, application: bare ? nil : Bitacora.application, logger: logger, ready: ready)
    }

    private var options: ServerOptions {
        var options = ServerOptions()
        options.host = host
        options.port = port
        options.data = data
        options.views = views
        options.isDevelopment = development
        options.durability = durability
        options.seed = seed ? seedFrom.map(SeedSource.directory) ?? .demo : nil
        options.allowedOrigins = allowOrigin
        options.imageOrigins = imageOrigin
        options.isOpen = open
        options.socketIOClient = socketioClient
        options.recovery = !noRecovery
        options.maximumConnections = maxConnections
        options.maximumData = maxData
        options.maximumSize = maxSize
        options.snapshotInterval = snapshotEvery
        options.retention = Retention(age: keepAge, events: keepEvents, bytes: keepBytes)
        options.retentionInterval = trimEvery
        return options
    }
}

extension Durability: ExpressibleByArgument {}
extension Logger.Level: @retroactive ExpressibleByArgument {}
