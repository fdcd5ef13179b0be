import BitacoraServer
import Commands
import EventLog
import JSON
import Logging
import ServiceLifecycle

/// Closes auctions when their time has come, also those whose time came while no server ran.
///
/// It sleeps until the next closing or a new auction. Times are the log's (`EventLog.now`), as those of bids are. If the
/// clock is set meanwhile, an auction may be closed earlier or later, but the same bids count: a bid is refused when the
/// time of its event is after the auction's end, whether the auction has been closed or not.
struct AuctionService: Service {
    /// How many are closed at once, in one group of the writer.
    private static let maximumAtOnce = 256
    /// How long until a failed closing is tried again.
    private static let pause = Duration.seconds(5)

    let server: Server
    let logger: Logger

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
                await cancelWhenGracefulShutdown { try? await Task.sleep(for: Self.pause) }
            }
        }
    }

    /// Returns at a moment, when there are more auctions than so many, or when cancelled.
    private func sleep(until moment: Timestamp?, orMoreThan count: Int) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await waitForAuction(beyond: count) }
            if let moment {
                group.addTask { try? await Task.sleep(for: server.log.duration(until: moment)) }
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

    /// The command needs no id to be safe: what is closed already comes to no event.
    ///
    /// - Returns: whether all went well.
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
            logger.warning(
                "auctions were not closed at their time",
                metadata: ["count": "\(failures.count)", "error": "\(failure.detail)"])
            return false
        }
    }
}
