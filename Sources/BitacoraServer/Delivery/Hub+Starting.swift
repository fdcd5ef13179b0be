import EventLog
import Inspection
import NIOCore

/// Finds the place where the delivery to a new subscriber begins.
extension Hub {
    /// Begins to deliver to `subscriber` from `start`, with a reset first when this log does not have `start`.
    ///
    /// When the log must be searched for the place to begin, the delivery begins later: the loop has other connections
    /// to serve.
    func add(_ subscriber: Subscriber, from start: StartPoint) {
        loop.preconditionInEventLoop()
        subscriberCount += 1
        do throws(ReadError) {
            if let place = try start.resolveAtOnce(in: log, subscriber.kind.filter) {
                begin(subscriber, place)
            } else {
                walk(subscriber, start)
            }
        } catch {
            subscriber.connection?.fail(error)
        }
    }

    private func walk(_ subscriber: Subscriber, _ start: StartPoint) {
        let waiting = NIOLoopBound(subscriber, eventLoop: loop)
        let (loop, log, filter, turns) = (loop, log, subscriber.kind.filter, turns)
        subscriber.walk = Task {
            let place: Result<ResolvedStart, ReadError>
            do {
                place = .success(try await start.resolve(in: log, filter, turns: turns))
            } catch let error as ReadError {
                place = .failure(error)
            } catch {
                // Cancelled: the subscriber has gone.
                return
            }
            loop.execute { self.arrive(waiting.value, place) }
        }
    }

    private func arrive(_ subscriber: Subscriber, _ place: Result<ResolvedStart, ReadError>) {
        guard subscriber.phase == .starting else { return }
        switch place {
        case .success(let place): begin(subscriber, place)
        case .failure(let error): subscriber.connection?.fail(error)
        }
    }
}
