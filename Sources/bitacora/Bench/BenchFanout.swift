import ArgumentParser

/// `bitacora bench fanout`: live events to many sockets, and what sockets cost.
struct BenchFanout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fanout", abstract: "Bursts of events, and single ones, to many live sockets; what sockets cost.",
        discussion: """
            Example: bitacora bench fanout --socketio --sockets 1000 --burst 200

            Sockets are plain WebSockets, or with --socketio Socket.IO over WebSocket. The baselines write as many \
            bytes through bare loopback sockets to the same clients, or answer as many requests.

            A connection is established when the server has answered its upgrade and, with --socketio, its CONNECT. \
            With --socketio there are also clients that poll: each posts an event and gets the ack with its poll, \
            over two kept connections; every GET and every POST answered counts as a request, and a round trip \
            lasts until both are.
            """)

    @OptionGroup var options: DeliveryOptions

    @Option(help: "Live sockets.")
    var sockets = 1000

    @Option(help: "Events of a burst: one append, one commit.")
    var burst = 200

    @Option(help: "Bursts to measure.")
    var rounds = 20

    @Option(help: "Events that pass a stalled reader.")
    var events = 1_000_000

    @Option(help: "Connections to establish and leave idle.")
    var connections = 5000

    @Option(help: "Seconds that idle connections are left alone before memory is looked at.")
    var settle = 2

    @Option(help: "Clients that poll, with --socketio.")
    var polling = 100

    @Option(help: "Round trips of each client that polls.")
    var trips = 200

    /// Events of a request that pass a stalled reader.
    static let group = 1000

    func validate() throws {
        try options.check("sockets", sockets, in: 1...10_000)
        try options.check("burst", burst, in: 1...10_000)
        try options.check("rounds", rounds, in: 1...10_000)
        try options.check("events", events, in: 4 * Self.group...100_000_000)
        try options.check("connections", connections, in: 1...20_000)
        try options.check("settle", settle, in: 0...3600)
        try options.check("polling", polling, in: 1...5000)
        try options.check("trips", trips, in: 1...100_000)
    }

    func run() async throws {
        try await options.measure(sockets: max(sockets, connections, 2 * polling)) { log, report in
            let server = try options.serve(log)
            try measureConnections(server, report)
            try measureDelivery(server, report)
            if options.isSocketIO { try measurePolling(server, report) }
            try measureStalled(server, report)
        }
    }
}
