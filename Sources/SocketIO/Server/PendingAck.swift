import NIOCore

/// Who waits for a socket's answer.
enum PendingAck: Sendable {
    /// One call, with the timer that ends its waiting.
    case call(CheckedContinuation<Arguments, any Error>, Scheduled<Void>)
    /// A broadcast, which has its own timer.
    case broadcast(AckCollector)

    func answer(_ id: UInt64, _ arguments: Arguments, from socket: Socket) {
        switch self {
        case .call(let continuation, let timer):
            timer.cancel()
            continuation.resume(returning: arguments)
        case .broadcast(let collector):
            collector.answered(arguments, by: socket)
        }
    }

    func fail(_ error: any Error, _ socket: Socket) {
        switch self {
        case .call(let continuation, let timer):
            timer.cancel()
            continuation.resume(throwing: error)
        case .broadcast(let collector):
            collector.lost(socket)
        }
    }
}
