import NIOCore

/// Cuts a client that takes nothing of what is written to it.
///
/// The clock runs while the channel is not writable, when neither the router nor an exchange writes
/// more, so a smaller number of unwritten bytes means that the client has taken some. The number is checked four times in
/// `stallTime`: a connection is closed at most a quarter of `stallTime` late.
extension HTTPUpgradeHandler {
    func writabilityChanged() {
        if channel.isWritable {
            unwrittenBytes = .max
            proceed()
        } else if stallTimer == nil {
            watchWrites()
        }
    }

    private func watchWrites(quietLooks: Int = 0) {
        unwrittenBytes = bufferedBytes
        stallTimer = channel.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.stallTime / 4)) {
            self.stallTimer = nil
            guard self.context != nil, !self.channel.isWritable else { return }
            if self.bufferedBytes < self.unwrittenBytes { return self.watchWrites() }
            if quietLooks == 3 { self.cut() } else { self.watchWrites(quietLooks: quietLooks + 1) }
        }
    }

    /// Bytes which the system has not taken yet.
    var bufferedBytes: Int { (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 }
}
