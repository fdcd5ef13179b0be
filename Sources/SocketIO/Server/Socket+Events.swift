import JSON
import DequeModule
import Logging
import Synchronization

/// The socket's task: runs only while work waits, and does one piece of work after the other.
extension Socket {
    // MARK: From the connection's loop

    /// Begins with the middleware; without middleware, with the connection handlers.
    func begin() {
        let handlers = namespace.handlers
        state.withLock { state in
            if handlers.hasMiddleware {
                state.waiting.append(.runMiddleware)
            } else {
                state.phase = .connected
                enqueue(.connect(self, rooms: []))
            }
            if handlers.hasConnectionHandlers { state.waiting.append(.runConnectionHandlers) }
        }
        startTask()
    }

    /// An event has come.
    ///
    /// - Returns: whether too many events wait now, so that the client should not be read.
    func received(_ event: SocketEvent) -> Bool {
        let options = namespace.server.options
        let (isAccepted, pauses) = state.withLock { state in
            // Without handlers and without a task that could register one, nothing will ever handle the event.
            guard state.phase != .ended, state.isWorking || state.hasEventHandlers else { return (false, false) }
            state.waiting.append(.event(event))
            state.waitingBytes += event.byteCount
            let isFull =
                state.waiting.count > options.maximumEventsWaiting || state.waitingBytes > options.maximumBytesWaiting
            guard !state.isPausing, isFull else { return (true, false) }
            state.isPausing = true
            return (true, true)
        }
        if isAccepted { startTask() }
        return pauses
    }

    /// Whether a handler may take the attachments of an event; true while a task is running that may register one.
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
    /// - Returns: whether the client was not read because of this socket.
    func ended(_ reason: DisconnectReason) -> Bool {
        let (acks, wasPausing, _) = state.withLock { state in
            let wasConnected = state.phase == .connected
            state.phase = .ended
            var released: SocketState.ReleasedHandlers?
            if !wasConnected || !(state.isWorking || state.hasDisconnectHandlers) {
                released = state.takeHandlers()
                state.rooms = []
            } else {
                state.rooms.insert(ExactText(id))
                state.waiting.append(.runDisconnectHandlers(reason))
            }
            defer {
                state.acks = [:]
                state.isPausing = false
            }
            return (state.acks, state.isPausing, released)
        }
        for ack in acks.values { ack.fail(AckFailure.disconnected, self) }
        startTask()
        return wasPausing
    }

    private func startTask() {
        let begins = state.withLock { state in
            guard !state.isWorking, !state.waiting.isEmpty else { return false }
            state.isWorking = true
            return true
        }
        guard begins else { return }
        namespace.server.handlerTasks.begin()
        Task {
            while let work = next() { await perform(work) }
            namespace.server.handlerTasks.end()
        }
    }

    // MARK: In the task

    private func next() -> SocketState.Work? {
        let options = namespace.server.options
        let (work, resumes, _) = state.withLock { state in
            let work = state.waiting.popFirst()
            if case .event(let event) = work { state.waitingBytes -= event.byteCount }
            var released: SocketState.ReleasedHandlers?
            if work == nil {
                state.isWorking = false
                if state.phase == .ended { released = state.takeHandlers() }
            }
            let isHalf =
                state.waiting.count <= options.maximumEventsWaiting / 2
                && state.waitingBytes <= options.maximumBytesWaiting / 2
            guard state.isPausing, !state.isResuming, isHalf else { return (work, false, released) }
            state.isResuming = true
            return (work, true, released)
        }
        if resumes { enqueue(.perform { _ in self.resumeReading() }) }
        return work
    }

    /// Runs on the loop, like ``ended(_:)``, so that only one of the two resumes the client.
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
        case .runMiddleware: await runMiddleware()
        case .runConnectionHandlers: await runConnectionHandlers()
        case .event(let event): await handle(event)
        case .runDisconnectHandlers(let reason): await runDisconnectHandlers(reason)
        }
    }

    private func runMiddleware() async {
        do {
            for middleware in namespace.handlers.middleware { try await middleware(self) }
        } catch {
            let answer = namespace.server.refusal(error, namespace: namespace.name)
            let refuse = LoopOperation.perform { _ in self.member?.client.refused(self, answer) }
            state.withLock { state in
                state.waiting = []
                state.waitingBytes = 0
            }
            return enqueue(refuse)
        }
        state.withLock { state in
            guard state.phase == .admitting else { return }
            state.phase = .connected
            enqueue(.connect(self, rooms: state.rooms.map(\.text)))
        }
    }

    private func runConnectionHandlers() async {
        for handler in namespace.handlers.onConnection {
            await attempt("a connection handler threw an error") { try await handler(self) }
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
        enqueue(.emit(self, packet, isVolatile: false))
    }

    private func failed(_ event: SocketEvent, _ error: any Error) {
        let answer = AckError.forClient(error)
        let level: Logger.Level = answer == .internal ? .error : .debug
        namespace.server.logger.log(
            level: level, "could not handle an event",
            metadata: ["event": "\(event.name)", "namespace": "\(namespace.name)", "error": "\(error)"])
        acknowledge(event, answer.arguments)
    }

    private func runDisconnectHandlers(_ reason: DisconnectReason) async {
        for handler in state.withLock({ $0.onDisconnecting }) {
            await attempt("an onDisconnecting handler threw an error") { try await handler(reason) }
        }
        let handlers = state.withLock { state in
            state.rooms = []
            return state.onDisconnect
        }
        for handler in handlers {
            await attempt("an onDisconnect handler threw an error") { try await handler(reason) }
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
