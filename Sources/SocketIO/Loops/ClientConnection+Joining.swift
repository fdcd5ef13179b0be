import NIOCore

/// CONNECT, and what lets a client in or not.
extension ClientConnection {
    func connect(_ name: String, _ auth: [UInt8]?) {
        dismissed.removeAll { $0 == name }
        guard member(in: name) == nil, !undecided.contains(where: { $0.namespace == name }) else {
            return link.close(.forcedServerClose)
        }
        guard members.count + undecided.count < server.options.maximumNamespaces else {
            return write(.connectError("Too many namespaces", namespace: name))
        }
        let backend = server.backend(for: name)
        guard let handlers = server.namespaces.find(name) ?? backend.map({ _ in server.namespaces.none }) else {
            return write(.connectError("Invalid namespace", namespace: name))
        }
        let namespace = Namespace(name, of: server, handlers: handlers)
        let request = ConnectRequest(namespace: name, auth: auth, handshake: request, id: SessionID.make())
        if let backend { ask(backend, request, namespace) } else { begin(request, namespace) }
    }

    private func ask(_ backend: any NamespaceBackend, _ request: ConnectRequest, _ namespace: Namespace) {
        let undecided = UndecidedConnect(request, namespace)
        self.undecided.append(undecided)
        let (seat, switchboard) = (seat, server.switchboard)
        // The connection may be on another loop by then.
        backend.admit(request, on: link.loop).whenComplete { result in
            switchboard.post(.perform { _ in self.decided(undecided, result) }, to: seat)
        }
    }

    private func decided(_ connect: UndecidedConnect, _ result: Result<Admission, any Error>) {
        guard let index = undecided.firstIndex(where: { $0 === connect }) else { return }
        undecided.remove(at: index)
        switch result {
        case .success(let admission):
            begin(connect.request, connect.handlers, admission)
        case .failure(let error):
            write(server.refusal(error, namespace: connect.namespace))
        }
    }

    /// Makes the socket; its CONNECT is answered when the middleware has let it in.
    private func begin(_ request: ConnectRequest, _ namespace: Namespace, _ admission: Admission? = nil) {
        let socket = Socket(request, in: namespace, seat: seat, admission: admission)
        let member = SocketMember(socket, of: self, admission: admission)
        socket.member = member
        members.append(member)
        if !namespace.handlers.hasMiddleware { member.phase = .answering }
        socket.begin()
    }

    /// The socket is in the shard's tables: from here on it gets what is posted.
    func connected(_ member: SocketMember) {
        shard.deadlines.remove(self)
        link.clientHasJoined()
        // Unguarded: its trailing string is meant.
        if let preface = member.admission?.preface { write(preface) }
        member.write(.connect(sid: member.socket.id, pid: member.socket.pid, namespace: member.socket.namespace.name))
        guard let admission = member.admission else { return }
        member.backend = admission.makeBackend(member.socket)
        if !isSwitching { attach(member) }
    }

    /// The middleware does not let the socket in.
    func refused(_ socket: Socket, _ answer: OutgoingPacket) {
        guard let member = socket.member else { return }
        write(answer)
        end(member, .forcedServerClose)
    }

    /// The time for joining a namespace is over.
    func connectIsOverdue() {
        if isOpen, members.isEmpty, undecided.isEmpty { link.close(.forcedServerClose) }
    }
}
