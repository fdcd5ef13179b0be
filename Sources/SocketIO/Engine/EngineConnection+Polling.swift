import NIOCore

/// Polling requests, on the connection's loop.
extension EngineConnection {
    /// A GET has come.
    func pollOpened(_ request: PollingRequest) {
        switch session.pollOpened() {
        case .wait, .release:
            poll = request
            offerWriting()
            if session.phase == .probed { answerPoll() } else if waiting.readableBytes > 0 { markDirty() }
        case .farewell:
            let packets = takePackets()
            if waiting.readableBytes == 0 { forget() }
            request.answer(packets)
        case .refuse(let error): request.refuse(error)
        case .conflict(let error):
            end(.transportError, .none)
            request.refuse(error)
        }
    }

    private func offerWriting() {
        if isWritable { client?.writabilityChanged(self) }
    }

    /// Answers the waiting GET with what waits, if there is both.
    func answerPoll() {
        guard let poll, waiting.readableBytes > 0 || session.phase == .probed || session.phase == .switching else {
            return
        }
        let packets = waiting.readableBytes > 0 ? takePackets() : ControlPackets.noop
        self.poll = nil
        session.pollEnded()
        stopStallClock()
        watchForStall()
        poll.answer(packets)
    }

    /// Takes what one GET may have of what waits: usually all.
    func takePackets() -> ByteBuffer {
        guard packetsPerPoll < .max else {
            defer { waiting = ByteBuffer() }
            return waiting
        }
        var length = 0, packets = 0
        for byte in waiting.readableBytesView {
            if byte == PollingPayload.separator { packets += 1 }
            guard packets < packetsPerPoll else { break }
            length += 1
        }
        let taken = waiting.readSlice(length: length) ?? ByteBuffer()
        // The separator behind it.
        waiting.moveReaderIndex(forwardBy: min(1, waiting.readableBytes))
        if waiting.readableBytes == 0 { waiting = ByteBuffer() }
        return taken
    }

    /// The client has gone from the GET that waits.
    func pollLost(_ request: PollingRequest) {
        guard poll === request else { return }
        poll = nil
        session.pollEnded()
        end(.transportError, .none)
    }

    /// A GET went away with packets which it was to take.
    func answerLost() { end(.transportError, .none) }

    /// The server shuts down, and with it the connection of a GET that waits.
    func pollQuiesced(_ request: PollingRequest) {
        if poll === request { close(.serverShuttingDown) }
    }

    /// A POST has come; its body follows.
    func postOpened(_ request: PollingRequest) {
        switch session.postOpened() {
        case .accept: post = request
        case .refuse(let error): request.refuse(error)
        case .conflict(let error):
            end(.transportError, .none)
            request.refuse(error)
        }
    }

    /// The whole body of a POST is there.
    func posted(_ body: ByteBuffer, _ request: PollingRequest) {
        guard post === request, session.refusalOfPost() == nil else {
            if post === request { postEnded() }
            return request.refuse(session.refusalOfPost() ?? .badRequest)
        }
        do throws(PacketError) {
            unread.append(contentsOf: try PollingPayload.decode(body))
        } catch {
            postEnded()
            request.refuse(.badRequest)
            return end(.parseError, .none)
        }
        request.isComplete = true
        read()
    }

    /// The client has gone from its POST, or that was refused before the session saw all of it.
    ///
    /// - Parameter isFatal: whether the session ends with it.
    func postLost(_ request: PollingRequest, isFatal: Bool) {
        guard post === request else { return }
        // A whole one has been read, though the client does not know it.
        postEnded()
        if isFatal { end(.transportError, .none) }
    }

    func postEnded() {
        post = nil
        session.postEnded()
    }
}
