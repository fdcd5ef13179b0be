import NIOCore

/// Cuts a client that takes nothing of what is written to it.
///
/// The clock runs while the channel is not writable, when neither the router nor an exchange writes
/// more: bytes that become fewer are bytes that were taken.
extension TakeoverGate {
    func writabilityChanged() {
        if channel.isWritable {
            unwrittenBytes = .max
            proceed()
        } else if stallTimer == nil {
            watchWrites()
        }
    }

    private func watchWrites() {
        unwrittenBytes = bufferedBytes
        stallTimer = channel.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.stallTime)) {
            self.stallTimer = nil
            guard self.context != nil, !self.channel.isWritable else { return }
            if self.bufferedBytes < self.unwrittenBytes { self.watchWrites() } else { self.cut() }
        }
    }

    /// Bytes which the system has not taken yet.
    var bufferedBytes: Int { (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 }
}
