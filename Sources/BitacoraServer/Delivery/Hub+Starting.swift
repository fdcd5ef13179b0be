import EventLog
import NIOCore

/// How a subscriber comes to be delivered to.
extension Hub {
    /// Begins to deliver to `subscriber` from `start`, telling it first when that is not of this log.
    ///
    /// Where the place takes a walk through the log to find, delivery begins
    /// later: the loop has other connections to serve.
    ///
    /// - Parameter reason: why the client must forget what it has, although `start` is of this log.
    func add(_ subscriber: Subscriber, from start: StartPoint, telling reason: Reset.Reason? = nil) {
        loop.preconditionInEventLoop()
        subscriberCount += 1
        do throws(ReadError) {
            if let place = try start.resolveAtOnce(in: log, subscriber.kind.filter) {
                begin(subscriber, place, reason)
            } else {
                walk(subscriber, start, reason)
            }
        } catch {
            subscriber.connection?.fail(error)
        }
    }

    private func begin(_ subscriber: Subscriber, _ place: StartPoint.Place, _ reason: Reset.Reason?) {
        begin(subscriber, reason.map { place.told($0, log) } ?? place)
    }

    private func walk(_ subscriber: Subscriber, _ start: StartPoint, _ reason: Reset.Reason?) {
        let waiting = NIOLoopBound(subscriber, eventLoop: loop)
        let (loop, log, filter) = (loop, log, subscriber.kind.filter)
        subscriber.walk = Task {
            let place: Result<StartPoint.Place, ReadError>
            do throws(ReadError) {
                place = .success(try await start.resolve(in: log, filter))
            } catch {
                place = .failure(error)
            }
            // Who has gone meanwhile waits for nothing.
            guard !Task.isCancelled else { return }
            loop.execute { self.arrive(waiting.value, place, reason) }
        }
    }

    private func arrive(_ subscriber: Subscriber, _ place: Result<StartPoint.Place, ReadError>, _ reason: Reset.Reason?) {
        guard subscriber.phase == .starting else { return }
        switch place {
        case .success(let place): begin(subscriber, place, reason)
        case .failure(let error): subscriber.connection?.fail(error)
        }
    }
}
