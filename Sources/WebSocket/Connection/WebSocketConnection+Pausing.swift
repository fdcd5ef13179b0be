package import NIOCore

/// Not reading: what the peer sends stays in the systems' buffers, until the peer cannot send any more.
///
/// NIO notices the end of a connection that is not read. When the peer ends it, NIO reads all that the system
/// still has; a connection with more than ``maximumUnreadBytes`` of that is cut, as nobody would get them.
extension WebSocketConnection {
    /// More than what one turn of reading brings, and what the HTTP connection may have read ahead.
    static var maximumUnreadBytes: Int { 512 << 10 }

    /// Whether nothing more is read from the peer.
    ///
    /// From inside a call of the application it holds from the next message on. While it holds, pings are
    /// not answered, and the peer is not cut for its silence; writing is not touched. A lost connection is
    /// told. When it is set back, what had been read comes in a later turn of the event loop. Closing
    /// sets it back, and after the end it stays false.
    package var isPaused: Bool {
        get { pausing.isPaused }
        set {
            guard newValue != pausing.isPaused, isOpen || !newValue else { return }
            pausing.isPaused = newValue
            if !newValue { resume() }
        }
    }

    /// Whether what is read has to wait.
    var holdsBack: Bool { pausing.isPaused || pausing.unread.readableBytes > 0 }

    func hold(_ input: ByteBuffer) {
        var input = input
        if pausing.unread.readableBytes == 0 { pausing.unread = input } else { pausing.unread.writeBuffer(&input) }
        guard pausing.unread.readableBytes > Self.maximumUnreadBytes else { return }
        pausing.unread = ByteBuffer()
        lost()
        context?.close(promise: nil)
    }

    private func resume() {
        showedLife = true
        guard !pausing.resumes else { return }
        pausing.resumes = true
        channel.eventLoop.assumeIsolated().execute {
            self.pausing.resumes = false
            self.takeUnread()
        }
    }

    private func takeUnread() {
        guard let context, !pausing.isPaused else { return }
        let input = pausing.unread
        pausing.unread = ByteBuffer()
        if input.readableBytes > 0 {
            handle(input)
            endRead()
        }
        guard pausing.owesRead, !holdsBack else { return }
        pausing.owesRead = false
        context.read()
    }

    package func read(context: ChannelHandlerContext) {
        if holdsBack { pausing.owesRead = true } else { context.read() }
    }

    struct Pausing {
        var isPaused = false
        /// What had been read when the pause began.
        var unread = ByteBuffer()
        /// Whether a read was asked for meanwhile.
        var owesRead = false
        /// Whether the end of the pause is under way.
        var resumes = false
    }
}
