import DequeModule
import Logging
import Synchronization

/// The socket's task: it exists only while something waits, and does one thing after the other.
extension Socket {
    // MARK: From the connection's loop

    /// Begins with the middleware, or where there is none with what waits for connections.
    func begin() {
        let handlers = namespace.handlers
        state.withLock { state in
            if handlers.hasMiddleware {
                state.waiting.append(.letIn)
            } else {
                state.phase = .connected
                namespace.server.switchboard.post(.connect(self, rooms: []), to: seat)
            }
            if handlers.hasConnectionHandlers { state.waiting.append(.tellConnection) }
        }
        work()
    }

    /// An event has come.
    ///
    /// - Returns: whether so many wait now that the client should not be read.
    func received(_ event: SocketEvent) -> Bool {
        let options = namespace.server.options
        let (isHeard, pauses) = state.withLock { state in
            // Nobody registers a handler any more once nothing is under way that could.
            guard state.phase != .ended, state.isWorking || state.hearsEvents else { return (false, false) }
            state.waiting.append(.event(event))
            state.waitingBytes += event.byteCount
            let isFull =
                state.waiting.count > options.maximumEventsWaiting || state.waitingBytes > options.maximumBytesWaiting
            guard !state.isPausing, isFull else { return (true, false) }
            state.isPausing = true
            return (true, true)
        }
        if isHeard { work() }
        return pauses
    }

    /// Whether a handler may take the attachments of an event; true while a task runs that may register one.
    func takesAttachments(of event: String) -> Bool {
        let handlers = namespace.handlers
        guard backendTakesAttachments || handlers.hasMiddleware || handlers.hasConnectionHandlers else { return false }
        return state.withLock { state in
            guard state.phase != .ended else { return false }
            return state.isWorking || !state.catchAll.isEmpty || state.handlers[event] != nil
        }
    }

    /// The socket has ended.
    ///
    /// - Returns: whether it kept the client from being read.
    func ended(_ reason: DisconnectReason) -> Bool {
        let (acks, wasPausing, _) = state.withLock { state in
            let wasConnected = state.phase == .connected
            state.phase = .ended
            var belongings: SocketState.Belongings?
            if !wasConnected || !(state.isWorking || state.hearsEnd) {
                belongings = state.takeHandlers()
                state.rooms = []
            } else {
                state.rooms.insert(id)
                state.waiting.append(.tellEnd(reason))
            }
            defer {
                state.acks = [:]
                state.isPausing = false
            }
            return (state.acks, state.isPausing, belongings)
        }
        for ack in acks.values { ack.fail(AckFailure.disconnected, self) }
        work()
        return wasPausing
    }

    private func work() {
        let begins = state.withLock { state in
            guard !state.isWorking, !state.waiting.isEmpty else { return false }
            state.isWorking = true
            return true
        }
        guard begins else { return }
        namespace.server.activity.begin()
        Task {
            while let work = next() { await perform(work) }
            namespace.server.activity.end()
        }
    }

    // MARK: In the task

    private func next() -> SocketState.Work? {
        let options = namespace.server.options
        let (work, resumes, _) = state.withLock { state in
            let work = state.waiting.popFirst()
            if case .event(let event) = work { state.waitingBytes -= event.byteCount }
            var belongings: SocketState.Belongings?
            if work == nil {
                state.isWorking = false
                if state.phase == .ended { belongings = state.takeHandlers() }
            }
            let isHalf =
                state.waiting.count <= options.maximumEventsWaiting / 2
                && state.waitingBytes <= options.maximumBytesWaiting / 2
            guard state.isPausing, !state.isResuming, isHalf else { return (work, false, belongings) }
            state.isResuming = true
            return (work, true, belongings)
        }
        if resumes { namespace.server.switchboard.post(.perform { _ in self.resumeReading() }, to: seat) }
        return work
    }

    /// On the loop, as the end of the socket, so that the client is resumed once, by one of them.
    private func resumeReading() {
        let wasPausing = state.withLock { state in
            defer {
                state.isPausing = false
                state.isResuming = false
            }
            return state.isPausing
        }
        if wasPausing { member?.client.resume() }
    }

    private func perform(_ work: SocketState.Work) async {
        switch work {
        case .letIn: await letIn()
        case .tellConnection: await tellConnection()
        case .event(let event): await handle(event)
        case .tellEnd(let reason): await tellEnd(reason)
        }
    }

    private func letIn() async {
        do {
            for middleware in namespace.handlers.middleware { try await middleware(self) }
        } catch {
            let answer = namespace.server.refusal(error, namespace: namespace.name)
            let refuse = Post.perform { _ in self.member?.client.refused(self, answer) }
            state.withLock { state in
                state.waiting = []
                state.waitingBytes = 0
            }
            return namespace.server.switchboard.post(refuse, to: seat)
        }
        state.withLock { state in
            guard state.phase == .admitting else { return }
            state.phase = .connected
            namespace.server.switchboard.post(.connect(self, rooms: Array(state.rooms)), to: seat)
        }
    }

    private func tellConnection() async {
        for handler in namespace.handlers.onConnection {
            await attempt("a connection handler failed") { try await handler(self) }
        }
    }

    private func handle(_ event: SocketEvent) async {
        do {
            for middleware in state.withLock({ $0.middleware }) { try await middleware(event) }
            for handler in state.withLock({ $0.catchAll }) { try await handler(event) }
            let handlers = takeHandlers(of: event.name)
            guard !handlers.isEmpty else { return }
            var answer: EncodedArguments?
            for handler in handlers {
                let given = try await handler.run(event.arguments)
                answer = answer ?? given
            }
            acknowledge(event, answer ?? .none)
        } catch {
            failed(event, error)
        }
    }

    private func takeHandlers(of name: String) -> [EventHandler] {
        state.withLock { state in
            guard let handlers = state.handlers[name] else { return [] }
            if handlers.contains(where: \.isOnce) {
                let rest = handlers.filter { !$0.isOnce }
                state.handlers[name] = rest.isEmpty ? nil : rest
            }
            return handlers
        }
    }

    private func acknowledge(_ event: SocketEvent, _ answer: EncodedArguments) {
        guard let id = event.id else { return }
        let packet = OutgoingPacket.ack(id, answer, namespace: namespace.name)
        namespace.server.switchboard.post(.emit(self, packet, isVolatile: false), to: seat)
    }

    private func failed(_ event: SocketEvent, _ error: any Error) {
        let told = AckError.telling(error)
        let level: Logger.Level = told == .internal ? .error : .debug
        namespace.server.logger.log(
            level: level, "an event was not handled",
            metadata: ["event": "\(event.name)", "namespace": "\(namespace.name)", "error": "\(error)"])
        acknowledge(event, told.arguments)
    }

    private func tellEnd(_ reason: DisconnectReason) async {
        for handler in state.withLock({ $0.onDisconnecting }) {
            await attempt("a disconnecting handler failed") { try await handler(reason) }
        }
        let handlers = state.withLock { state in
            state.rooms = []
            return state.onDisconnect
        }
        for handler in handlers {
            await attempt("a disconnect handler failed") { try await handler(reason) }
        }
    }

    private func attempt(_ failure: Logger.Message, _ work: () async throws -> Void) async {
        do {
            try await work()
        } catch {
            namespace.server.logger.error(
                failure, metadata: ["namespace": "\(namespace.name)", "error": "\(error)"])
        }
    }
}
