import JSON
import Declarations
import EventLog
import KeyedRows
import Synchronization

/// The folder application of a running server: the newest sound version of its definition, with its collections.
///
/// In development mode the version changes while the server runs. Each handler of a request looks up what the request
/// is about at that moment, and keeps nothing across requests.
final class DeclaredApplication: Sendable {
    private struct Shared {
        var version: DeclaredVersion
        var generation = 0
        var observers: [@Sendable () -> Void] = []
    }

    private let shared: Mutex<Shared>

    init(_ version: DeclaredVersion) { shared = Mutex(Shared(version: version)) }

    /// The newest version.
    var version: DeclaredVersion { shared.withLock { $0.version } }

    /// The number of changes of the version so far: a cheap check whether something that was looked up is still
    /// current.
    var generation: Int { shared.withLock { $0.generation } }

    /// A collection by its name in the newest version; nil when there is none.
    func collection(_ name: String) -> ServedCollection? { version.collections[name] }

    /// Calls a function after each change of the version, for as long as the server runs.
    ///
    /// - Parameter observer: called on any thread; must be quick. The new version can be looked up when it is called.
    func observeChanges(_ observer: @escaping @Sendable () -> Void) {
        shared.withLock { $0.observers.append(observer) }
    }

    /// Replaces the version.
    func replace(with version: DeclaredVersion) {
        let observers = shared.withLock { shared in
            shared.version = version
            shared.generation += 1
            return shared.observers
        }
        for observer in observers { observer() }
    }
}
