extension EventLog {
    /// Replays from `after`, then follows: every matching event once, in order,
    /// until the log is closed or the task cancelled; then the sequence ends.
    public func events(after: Offset = .start, filter: EventFilter = .all) -> EventSequence {
        EventSequence(log: self, after: after, filter: filter)
    }

    /// Returns when the head is beyond `offset`, the log is closed, or the task is cancelled.
    public func waitForEvents(after offset: Offset) async {
        await signal.wait(beyond: offset)
    }

    /// Calls `observer` with each new head, in order, on the writer thread (or
    /// the one that watches another process's log): it must be quick and must not block.
    public func observe(_ observer: @escaping @Sendable (Offset) -> Void) -> Observation {
        Observation(signal: signal, token: signal.observe(observer))
    }

    /// Ends with `cancel` or its last reference.
    public final class Observation: Sendable {
        private let signal: HeadSignal
        private let token: Int

        init(signal: HeadSignal, token: Int) {
            self.signal = signal
            self.token = token
        }

        deinit { cancel() }

        public func cancel() { signal.stopObserving(token) }
    }
}

/// Events of a log, from an offset on, without end.
public struct EventSequence: AsyncSequence, Sendable {
    public typealias Element = Event
    public typealias Failure = ReadError

    let log: EventLog
    let after: Offset
    let filter: EventFilter

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(log: log, reached: after, filter: filter)
    }

    /// Holds at most `chunk` events, and takes no further one when the data of those it holds reach `chunkBytes`. Holds none
    /// while it waits.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private static let chunk = 256
        private static let chunkBytes = 1 << 20

        private let log: EventLog
        private let filter: EventFilter
        private var reached: Offset
        /// The next ones, the nearest last.
        private var waiting: [Event] = []

        init(log: EventLog, reached: Offset, filter: EventFilter) {
            self.log = log
            self.reached = reached
            self.filter = filter
        }

        public mutating func next() async throws(ReadError) -> Event? {
            while waiting.isEmpty {
                if Task.isCancelled || log.signal.isClosed { return nil }
                guard reached < log.head else {
                    await log.waitForEvents(after: reached)
                    continue
                }
                do throws(ReadError) {
                    var (events, bytes) = ([Event](), 0)
                    reached = try log.scan(after: reached, filter: filter) { view in
                        events.append(Event(view))
                        bytes += view.data.byteCount
                        return events.count < Self.chunk && bytes < Self.chunkBytes
                    }
                    waiting = events.reversed()
                } catch {
                    // Closing may come between the look at the head and the reading.
                    if log.signal.isClosed { return nil }
                    throw error
                }
            }
            return Task.isCancelled ? nil : waiting.popLast()
        }
    }
}
