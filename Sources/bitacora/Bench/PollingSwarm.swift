import Glibc

/// Many Socket.IO clients that poll, on one thread; each has a connection for
/// its GETs and one for its POSTs, as browsers do.
///
/// In a round trip a client posts an event that asks for an ack, and gets the
/// ack with its poll. No such command exists: the ack says so, and the log is
/// not written.
final class PollingSwarm {
    /// What `run` did.
    struct Figures {
        /// GETs and POSTs that were answered.
        var requests = 0
        var seconds = 0.0
        /// Milliseconds from the POST to both answers.
        var trips: [Double] = []
    }

    static let ackPrefix = "430["
    private static let event = #"420["bench.none",{}]"#

    private var clients: [PollingClient] = []
    private var polled: [pollfd] = []
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)

    /// - Parameter port: a server's, or that of ``RawAnswerer/polling()``.
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

    /// Lets every client make `trips` round trips, one after the other.
    ///
    /// - Parameter trips: 1 or more.
    func run(trips: Int) throws -> Figures {
        var figures = Figures()
        let start = ContinuousClock.now
        for index in clients.indices { try clients[index].begin(trips: trips) }
        var active = clients.count
        while active > 0 {
            guard poll(&polled, nfds_t(polled.count), 30_000) > 0 else {
                throw Failure(
                    ExitStatus.refused, "\(active) of \(clients.count) polling clients were not answered in time")
            }
            for index in polled.indices where polled[index].revents != 0 {
                guard try take(index, &figures) else { continue }
                let client = index / 2
                guard let trip = try clients[client].endOfTrip() else { continue }
                figures.trips.append(trip)
                if clients[client].isDone { active -= 1 }
            }
        }
        figures.seconds = (ContinuousClock.now - start) / .seconds(1)
        return figures
    }

    /// - Returns: whether an answer is whole.
    private func take(_ index: Int, _ figures: inout Figures) throws -> Bool {
        let count = read(polled[index].fd, buffer.baseAddress, buffer.count)
        guard count > 0 else { throw Failure(ExitStatus.refused, "the server closed a polling client") }
        let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        let isWhole = try index % 2 == 0 ? clients[index / 2].takePoll(piece) : clients[index / 2].takePost(piece)
        if isWhole { figures.requests += 1 }
        return isWhole
    }
}
