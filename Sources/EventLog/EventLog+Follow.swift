extension EventLog {
    /// A sequence of every matching event after `after`, once and in order: first the history, then each new event.
    ///
    /// The sequence ends when the log is closed or the task is cancelled.
    public func events(after: Offset = .start, filter: EventFilter = .all) -> EventSequence {
        EventSequence(log: self, after: after, filter: filter)
    }

    /// Returns when the head is beyond `offset`, the log is closed, or the task is cancelled.
    public func waitForEvents(after offset: Offset) async {
        await signal.wait(beyond: offset)
    }

    /// Calls `observer` with each new head, in order.
    ///
    /// - Parameter observer: called on the writer thread, or on the thread that watches the commits of another process; must
    ///   be quick and must not block.
    /// - Returns: the observation, which ends with its last reference.
    public func observe(_ observer: @escaping @Sendable (Offset) -> Void) -> Observation {
        Observation(signal: signal, token: signal.observe(observer))
    }

    /// An observation of the head; ends with ``cancel()`` or its last reference.
    public final class Observation: Sendable {
        private let signal: HeadSignal
        private let token: Int

        init(signal: HeadSignal, token: Int) {
            self.signal = signal
            self.token = token
        }

        deinit { cancel() }

        /// Ends the observation; a call of the observer that has begun completes.
        public func cancel() { signal.stopObserving(token) }
    }
}

/// The events of a log after an offset: the history, then each new event.
public struct EventSequence: AsyncSequence, Sendable {
    /// An element of the sequence.
    public typealias Element = Event
    /// The error of the sequence.
    public typealias Failure = ReadError

    let log: EventLog
    let after: Offset
    let filter: EventFilter

    /// Makes an iterator, which begins after the offset of the sequence.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(log: log, reached: after, filter: filter)
    }

    /// An iterator over the events of a log.
    ///
    /// It keeps at most 256 events in memory, or 1 MiB of data and one event, and none while it waits.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private static let chunk = 256
        private static let chunkBytes = 1 << 20

        private let log: EventLog
        private let filter: EventFilter
        private var reached: Offset
        /// The next events, in reverse order.
        private var waiting: [Event] = []

        init(log: EventLog, reached: Offset, filter: EventFilter) {
            self.log = log
            self.reached = reached
            self.filter = filter
        }

        /// Returns the next matching event, and waits for it if necessary.
        ///
        /// - Returns: nil when the log is closed or the task is cancelled.
        /// - Throws: `.gone` when the next events were trimmed, `.damaged` at an event that cannot be read, `.storage`.
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
                    // The log may be closed after the check above.
                    if log.signal.isClosed { return nil }
                    throw error
                }
            }
            return Task.isCancelled ? nil : waiting.popLast()
        }
    }
}
