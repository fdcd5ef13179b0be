import NIOCore

extension EngineConnection {
    /// What the client is told at the end.
    enum Farewell: Equatable {
        /// `1`, behind all that waits, also with the next GET; a close frame.
        case closePacket
        /// `6` to a GET that waits or, where none does, to the next one, as the client knows already.
        case noop
        /// `1` to a GET that waits, and nothing later.
        case none
        /// An error to a GET that waits: clients that get `1` may take it for a word not to come back.
        case refusal(EngineError)
    }

    /// Begins the session: what waits first is the handshake.
    ///
    /// - Throws: when there are too many sessions.
    func begin(_ transport: WebSocketTransport?) throws(EngineError) {
        try server.registry.add(self)
        socket = transport
        var handshake = ByteBuffer()
        let options = server.options
        EnginePacket.handshake(
            sid: id, canUpgrade: session.transport == .polling && server.offersUpgrades,
            pingInterval: options.pingInterval, pingTimeout: options.pingTimeout, maximumPayload: options.maximumPayload
        ).append(to: &handshake, for: session.transport)
        write(handshake)
        home.arm(heartbeat, .ping)
        let client = server.accept(self)
        self.client = client
        client.opened(self)
    }

    /// Closes the session: what was written leaves, then a close packet or frame; `closed` is called from inside.
    ///
    /// Over polling the last packets wait `upgradeTimeout` for a GET if none is there. Does nothing when not open.
    ///
    /// With "server shutting down" a polling client is told with an error instead, so that it connects again.
    package func close(_ reason: DisconnectReason) {
        end(reason, reason == .serverShuttingDown ? .refusal(.shuttingDown) : .closePacket)
    }

    /// Records that the client has joined a namespace: the session no longer ends to make room for a new one.
    package func clientHasJoined() { server.registry.hasJoined(self) }

    /// Ends the session to make room for a new one.
    func evict() { end(.forcedClose, .refusal(.tooManySessions)) }

    /// Runs something when `closed` has been called, at once if that is over.
    func whenClosed(_ work: @escaping () -> Void) {
        if client == nil { work() } else { onEnd.append(work) }
    }

    func end(_ reason: DisconnectReason, _ farewell: Farewell) {
        guard session.isOpen else { return }
        guard !isMoving else { return endsOnArrival = reason }
        heartbeat.cancel()
        stopStallClock()
        unread.removeAll(keepingCapacity: false)
        dismissPolling(farewell)
        dismissWebSockets()
        let client = client, onEnd = onEnd
        self.client = nil
        self.onEnd = []
        client?.closed(reason, on: self)
        for tell in onEnd { tell() }
    }

    /// The session has ended before a request is answered: the next one may come from inside the answer.
    private func dismissPolling(_ farewell: Farewell) {
        let poll = poll, post = post
        self.poll = nil
        self.post = nil
        let last = lastPackets(farewell, pollWaits: poll != nil)
        session.end(bytesAreDue: waiting.readableBytes > 0 && isDue(farewell, pollWaited: poll != nil))
        if session.phase == .farewell, server.registry.keepForLastGet(self) {
            home.arm(heartbeat, .farewell)
        } else {
            forget()
        }
        if case .refusal(let error) = farewell, last.readableBytes == 0 {
            poll?.refuse(error)
        } else {
            poll?.answer(last)
        }
        // One that is not complete finds the session gone.
        if let post, post.isComplete { post.answerPost() }
    }

    /// Whether the packets that are left are kept for the next GET.
    ///
    /// ```
    ///  connection 1, loop A                 connection 2, loop B (session)
    ///  GET ──────── on its way to B ───┐     POST of 1: the session ends
    ///                                  └───► the GET is answered as if it had come first
    /// ```
    /// Clients send the two together, and on one event loop the GET waits when the POST is read.
    private func isDue(_ farewell: Farewell, pollWaited: Bool) -> Bool {
        switch farewell {
        case .closePacket: true
        case .noop: !pollWaited
        case .none, .refusal: false
        }
    }

    private func lastPackets(_ farewell: Farewell, pollWaits: Bool) -> ByteBuffer {
        switch farewell {
        case .closePacket, .none: if session.phase != .webSocket { append(ControlPackets.close) }
        case .noop: if !pollWaits || waiting.readableBytes == 0 { waiting = ControlPackets.noop }
        case .refusal: break
        }
        return pollWaits ? takePackets() : ByteBuffer()
    }

    private func dismissWebSockets() {
        let socket = socket, candidate = candidate
        self.socket = nil
        self.candidate = nil
        socket?.drop()
        candidate?.drop()
    }

    /// Nobody can find the session any more.
    func forget() {
        heartbeat.cancel()
        session.farewellEnded()
        waiting = ByteBuffer()
        server.registry.remove(self)
    }
}
