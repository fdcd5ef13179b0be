import EventLog
import NIOCore

/// The hubs of all event loops; each commit notifies all hubs.
final class Delivery: Sendable {
    private let hubs: [ObjectIdentifier: Hub]
    private let observation: EventLog.Observation
    /// Limits how many long reads of the log run at once.
    let turns: WorkGate

    init(log: EventLog, group: any EventLoopGroup, turns: WorkGate) {
        self.turns = turns
        let source = ChunkSource(log: log)
        var hubs: [ObjectIdentifier: Hub] = [:]
        for loop in group.makeIterator() {
            let hub = Hub(loop: loop, log: log, source: source, turns: turns)
            hub.keepAlive()
            hubs[ObjectIdentifier(loop)] = hub
        }
        let all = Array(hubs.values)
        self.hubs = hubs
        observation = log.observe { _ in
            for hub in all { hub.notify() }
        }
    }

    /// The hub of an event loop.
    func hub(of loop: any EventLoop) -> Hub {
        guard let hub = hubs[ObjectIdentifier(loop)] else {
            preconditionFailure("the connection runs on an event loop of another group")
        }
        return hub
    }
}
