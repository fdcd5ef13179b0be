import EventLog
import Hummingbird
import Synchronization

/// The rendered pages of a folder application: each is rendered once after a change of its rows, for all visitors.
///
/// Only pages without a query are kept, since visitors choose the query.
final class PageCache: Sendable {
    /// The most pages that are kept. With one more, the page that was stored first is removed.
    static let maximumPages = 64
    /// The longest path of a page that is kept, in bytes.
    static let maximumPath = 512

    /// What a page shows, apart from its rows.
    struct Key: Hashable, Sendable {
        private let path: String
        private let collection: String

        /// - Returns: nil for a page that is not kept.
        init?(_ request: Request, _ collection: ServedCollection, _ moment: PageMoment) {
            guard request.uri.query == nil, !moment.isPast, request.uri.path.utf8.count <= PageCache.maximumPath
            else {
                return nil
            }
            path = request.uri.path
            self.collection = collection.definition
        }
    }

    private struct Entry {
        let version: Offset
        let page: RenderedPage
        /// The number of pages that were stored before.
        let number: Int
    }

    private struct Pages {
        var entries: [Key: Entry] = [:]
        var storeCount = 0
    }

    private let pages = Mutex(Pages())

    /// A page whose rows changed last at an offset; nil when it has not been rendered since.
    func page(_ key: Key, at version: Offset) -> RenderedPage? {
        pages.withLock { pages in pages.entries[key].flatMap { $0.version == version ? $0.page : nil } }
    }

    func store(_ page: RenderedPage, _ key: Key, at version: Offset) {
        pages.withLock { pages in
            // Another request may have stored a newer page at the same time.
            if let known = pages.entries[key], known.version > version { return }
            pages.entries[key] = Entry(version: version, page: page, number: pages.storeCount)
            pages.storeCount += 1
            guard pages.entries.count > Self.maximumPages else { return }
            if let oldest = pages.entries.min(by: { $0.value.number < $1.value.number }) {
                pages.entries[oldest.key] = nil
            }
        }
    }
}
