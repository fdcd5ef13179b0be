extension SocketIOOptions {
    /// Traps on options with which no server can work: they are the program's mistake.
    func check() {
        precondition(
            path.hasPrefix("/") && path.hasSuffix("/") && !path.contains("?"),
            "a Socket.IO path begins and ends with a slash")
        let times = [pingInterval, pingTimeout, upgradeTimeout, connectTimeout, attachmentTimeout, stallTime]
        precondition(
            times.allSatisfy { $0 >= .milliseconds(1) }, "times of a Socket.IO server are at least a millisecond")
        precondition(!transports.isEmpty, "a Socket.IO server needs a transport")
        precondition(maximumPayload > 0 && maximumSessions > 0, "a Socket.IO server must be able to receive something")
        precondition(
            maximumUnjoinedPerConnection > 0 && maximumUnjoinedPerAddress > 0,
            "a client must be able to begin a session")
        precondition((0...1000).contains(maximumAttachments), "a packet may have at most 1000 attachments")
        precondition(maximumPacketBytes > 0, "a packet must be able to have attachments with bytes")
        precondition(
            maximumNamespaces > 0 && maximumRooms > 0, "a client must be able to join a namespace and its own room")
        precondition(
            maximumEventsWaiting > 0 && maximumBytesWaiting > 0, "a Socket.IO server must be able to receive something")
        precondition(maximumBufferedBytes > 0, "a Socket.IO server must be able to send something")
    }
}
