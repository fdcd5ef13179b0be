import Synchronization

/// Limits how many answers are compressed in pieces at once: each holds a `GzipStream` until the client has taken it.
final class CompressionSlots: Sendable {
    static let maximum = 64

    private let taken = Mutex(0)

    /// The right to compress one answer; ends when the object is released.
    final class Slot: Sendable {
        private let slots: CompressionSlots

        fileprivate init(_ slots: CompressionSlots) { self.slots = slots }

        deinit { slots.taken.withLock { $0 -= 1 } }
    }

    /// - Returns: nil when all are taken.
    func take() -> Slot? {
        let isFree = taken.withLock { taken in
            guard taken < Self.maximum else { return false }
            taken += 1
            return true
        }
        return isFree ? Slot(self) : nil
    }
}
