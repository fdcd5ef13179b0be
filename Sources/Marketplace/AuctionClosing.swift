import BitacoraServer
import Commands
import EventLog
import JSON
import Logging
import ServiceLifecycle
import SocketIO

/// Closes auctions at their closing times, including those whose time passed while no server ran.
///
/// The service sleeps until the next closing time or a new auction. Times are those of the log (`EventLog.now`), like
/// the times of bids. If the system clock is changed, an auction may be closed earlier or later, but the same bids
/// count: a bid is refused when the time of its event is after the closing time, whether the auction has been closed or
/// not.
struct AuctionClosingService: Service {
    /// The most auctions that are closed together, in one commit of the log.
    private static let maximumAtOnce = 256
    /// The time until a failed closing is tried again.
    private static let retryInterval = Duration.seconds(5)

    let server: Server

    func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let auctions = server.state.auctions
            let open = auctions.openInOrder
            let now = server.log.now
            let due = open.filter { $0.closesAt <= now }
            if due.isEmpty {
                await cancelWhenGracefulShutdown {
                    await sleep(until: open.map(\.closesAt).min(), orMoreThan: auctions.count)
                }
            } else if await !close(due.prefix(Self.maximumAtOnce)) {
                await cancelWhenGracefulShutdown { try? await Task.sleep(for: Self.retryInterval) }
            }
        }
    }

    /// Returns at a time, when there are more than `count` auctions, or when the task is cancelled.
    private func sleep(until time: Timestamp?, orMoreThan count: Int) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await waitForAuction(beyond: count) }
            if let time {
                group.addTask { try? await Task.sleep(for: server.log.duration(until: time)) }
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func waitForAuction(beyond count: Int) async {
        while !Task.isCancelled {
            let value = server.current
            if value.state.auctions.count > count { return }
            await server.log.waitForEvents(after: value.offset)
        }
    }

    /// Closes auctions. The command needs no idempotency id, because closing a closed auction appends no event.
    ///
    /// - Returns: whether all auctions were closed.
    private func close(_ auctions: ArraySlice<Auction>) async -> Bool {
        await withTaskGroup(of: Problem?.self) { group in
            for auction in auctions {
                group.addTask {
                    do throws(Problem) {
                        let command = Command(name: "auction.close", data: ["auction": .number(JSONNumber(auction.id))])
                        _ = try await server.perform(command, source: "server")
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            var failures: [Problem] = []
            for await failure in group { if let failure { failures.append(failure) } }
            guard let failure = failures.first else { return true }
            server.logger.warning(
                "auctions could not be closed at their closing time; trying again in 5 seconds",
                metadata: ["count": "\(failures.count)", "error": "\(failure.detail)"])
            return false
        }
    }
}

/// A socket in the namespace of one auction, which is disconnected after it was sent the auction's last event.
///
/// Events that are appended to the topic after the auction has closed do not belong to the auction, and are not sent to
/// its watchers. A socket that connects later is sent the whole history first.
final class AuctionParticipant: SocketParticipant {
    private let auction: Int
    private let socket: Socket
    private let server: Server

    init(auction: Int, socket: Socket, server: Server) {
        (self.auction, self.socket, self.server) = (auction, socket, server)
    }

    func delivered(through offset: Offset) {
        guard let auction = server.state.auctions[auction], !auction.isOpen, offset.rawValue >= auction.version else {
            return
        }
        socket.disconnect()
    }
}
