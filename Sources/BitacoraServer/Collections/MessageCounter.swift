import Synchronization

/// Counts the messages that are encoded for the live readers of all collections. May be used on any thread.
final class MessageCounter: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }

    func increment() { count.wrappingAdd(1, ordering: .relaxed) }
}
