import Dispatch
import EventLog
import KeyedRows
import Synchronization

/// Delivers the changes of collections to live readers.
///
/// One serial queue, the *worker*, follows the log for all collections. After a commit it moves the window of each query
/// to the newest rows, encodes what changed once for each encoding, and hands the bytes to each event loop with one hop:
///
/// ```
///  commit ──► projection publishes its state ──► log moves its head ──► worker: windows, encoding
///                                                                          │ one hop to each loop
///             CollectionReader ◄── one write for each member ── ReaderGroup ◄─┘
/// ```
/// When commits are faster than the worker, several of them become one message. Readers that catch up send the worker one
/// request for each message (`CollectionReader`). The number of requests is at most that of the connections.
final class CollectionFeeds: @unchecked Sendable {  // `feeds` belongs to `worker`
    /// The time between two messages to idle readers.
    private static let keepAliveInterval = DispatchTimeInterval.seconds(20)

    let log: EventLog
    let application: DeclaredApplication
    let reservations: WindowReservations
    private let context: CollectionFeed.Context
    /// Limits how many searches for the first rows of a query run at once.
    private let searchLimiter: ConcurrencyLimiter
    private let worker = DispatchQueue(label: "bitacora.collections", qos: .userInitiated)
    private let isWoken = Atomic(false)
    private let observation = Mutex<EventLog.Observation?>(nil)
    private let timer: any DispatchSourceTimer
    private var feeds: [String: CollectionFeed] = [:]

    init(
        log: EventLog, application: DeclaredApplication, searchLimiter: ConcurrencyLimiter = .forRowWindows(),
        reservations: WindowReservations = WindowReservations()
    ) {
        self.log = log
        self.application = application
        self.searchLimiter = searchLimiter
        self.reservations = reservations
        context = CollectionFeed.Context(log: log, application: application)
        timer = DispatchSource.makeTimerSource(queue: worker)
        timer.schedule(deadline: .now() + Self.keepAliveInterval, repeating: Self.keepAliveInterval)
        timer.setEventHandler { [weak self] in self?.keepAlive() }
        timer.resume()
        observation.withLock { $0 = log.observe { [weak self] _ in self?.notify() } }
        application.observeChanges { [weak self] in self?.notify() }
    }

    deinit { timer.cancel() }

    /// The number of messages that were encoded for live readers so far: one for each query, encoding and commit, and those
    /// of readers that catch up.
    var encodedMessages: Int { context.encodedMessages.value }

    /// Notifies the worker of new rows or definitions. May be called on any thread; never waits.
    func notify() {
        guard !reservations.isEmpty, !isWoken.exchange(true, ordering: .acquiringAndReleasing) else { return }
        worker.async {
            // Before the states are read: a commit after this line notifies again.
            _ = self.isWoken.exchange(false, ordering: .acquiringAndReleasing)
            self.update()
        }
    }

    /// Lets the worker answer a reader.
    func request(_ request: RowRequest) {
        worker.async { self.handle(request) }
    }

    /// Counts the end of a reader of a query, and drops the rows of a query without readers.
    func release(_ collection: String, _ query: RowQueryID) {
        guard reservations.remove(collection, query) else { return }
        worker.async {
            // Another reader may have reserved the query since then.
            guard !self.reservations.contains(collection, query) else { return }
            self.feeds[collection]?.drop(query)
            self.removeIfIdle(collection)
        }
    }

    // MARK: On the worker

    private func update() {
        var outbox = ReaderOutbox()
        for (name, feed) in feeds where !feed.update(context, &outbox) { feeds[name] = nil }
        outbox.flush()
    }

    private func keepAlive() {
        var outbox = ReaderOutbox()
        for feed in feeds.values { feed.keepAlive(context, &outbox) }
        outbox.flush()
    }

    /// The feed of a collection, with the newest rows.
    private func updatedFeed(_ name: String) -> CollectionFeed? {
        guard let feed = feeds[name] else {
            let feed = CollectionFeed(name, context)
            feeds[name] = feed
            return feed
        }
        var outbox = ReaderOutbox()
        let exists = feed.update(context, &outbox)
        outbox.flush()
        if !exists { feeds[name] = nil }
        return exists ? feed : nil
    }

    private func handle(_ request: RowRequest) {
        let name = request.reservation.collection
        // The reader may name an offset that is newer than the last update.
        guard let feed = updatedFeed(name) else {
            return request.end(CollectionFeed.removal(of: name))
        }
        run(feed.answer(request, context), of: name)
        endSearch(of: name, request.reservation.queryID, feed)
    }

    /// Ends the search that was reserved for a query, unless readers still wait for its first rows.
    private func endSearch(of name: String, _ query: RowQueryID, _ feed: CollectionFeed) {
        if !feed.isSearching(query) { reservations.endSearch(name, query) }
    }

    private func run(_ search: CollectionFeed.Search?, of name: String) {
        guard let search else { return }
        Task {
            let rows = try? await searchLimiter.run { LiveWindow(search.query, search.state) }
            worker.async {
                if let rows { self.found(rows, search, of: name) } else { self.refused(search, of: name) }
            }
        }
    }

    /// Ends the readers of a query whose search was refused, because too many searches wait.
    ///
    /// `WindowReservations` allows no more searches than may wait, but searches for a collection that was removed from the
    /// application still wait after their reservations have ended.
    private func refused(_ search: CollectionFeed.Search, of name: String) {
        guard let feed = feeds[name] else { return }
        feed.endWaiting(for: search.queryID, "the server is busy; try again in a moment")
        endSearch(of: name, search.queryID, feed)
        removeIfIdle(name)
    }

    private func found(_ rows: LiveWindow, _ search: CollectionFeed.Search, of name: String) {
        guard let feed = updatedFeed(name) else { return }
        var outbox = ReaderOutbox()
        let isWanted = reservations.contains(name, search.queryID)
        let next = feed.found(rows, search, isWanted: isWanted, context, &outbox)
        outbox.flush()
        run(next, of: name)
        endSearch(of: name, search.queryID, feed)
        removeIfIdle(name)
    }

    private func removeIfIdle(_ name: String) {
        if feeds[name]?.isIdle == true { feeds[name] = nil }
    }
}
