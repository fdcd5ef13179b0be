import NIOCore
@testable import SocketIO

extension EngineTestServer {
    /// Returns when the latest session has a GET that waits.
    func waitsForPoll() async throws { try await waits { $0.session.pollWaits } }

    /// Has the client of the latest session join a namespace.
    func joins() async throws {
        try await waits { session in
            session.clientHasJoined()
            return true
        }
    }

    /// Returns when something holds for the latest session; asks it again and again on its loop.
    func waits(for condition: @escaping @Sendable (EngineConnection) -> Bool) async throws {
        while true {
            let holds = await withCheckedContinuation { answer in
                log.session { answer.resume(returning: condition($0)) }
            }
            if holds { return }
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}
