/// What is sent to this client, and to the others.
extension Socket {
    /// Emits an event to this client.
    ///
    /// What cannot be written as JSON, and an event of a reserved name, is not sent: an error is logged.
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) {
        post(event, isVolatile: false) { () throws(ArgumentError) in
            try EncodedArguments(repeat each arguments, maximumAttachments: namespace.server.options.maximumAttachments)
        }
    }

    /// Emits an event with the arguments of another.
    public func emit(_ event: String, arguments: Arguments) {
        post(event, isVolatile: false) { () throws(ArgumentError) in EncodedArguments(arguments) }
    }

    /// Drops what is emitted when the client does not take it at once.
    public var volatile: VolatileSocket { VolatileSocket(socket: self) }

    /// All others of the namespace.
    public var broadcast: BroadcastOperator {
        BroadcastOperator(namespace.server, Audience(namespace: namespace.name, sender: self))
    }

    /// All others that are in one of these rooms.
    public func to(_ rooms: String...) -> BroadcastOperator { broadcast.joined(rooms) }

    /// All others that are in one of these rooms.
    public func `in`(_ rooms: String...) -> BroadcastOperator { broadcast.joined(rooms) }

    /// All others that are in none of these rooms.
    public func except(_ rooms: String...) -> BroadcastOperator {
        var chosen = broadcast
        chosen.audience.excludedRooms += rooms
        return chosen
    }

    fileprivate func post(
        _ event: String, isVolatile: Bool, _ arguments: () throws(ArgumentError) -> EncodedArguments
    ) {
        let server = namespace.server
        guard let packet = server.packet(event, namespace: namespace.name, arguments) else { return }
        server.switchboard.post(.emit(self, packet, isVolatile: isVolatile), to: seat)
    }
}

/// A socket for whatever a client may miss, such as the place of a pointer.
public struct VolatileSocket: Sendable {
    let socket: Socket

    /// Emits an event to this client, unless it does not take it at once.
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) {
        socket.post(event, isVolatile: true) { () throws(ArgumentError) in
            try EncodedArguments(
                repeat each arguments, maximumAttachments: socket.namespace.server.options.maximumAttachments)
        }
    }
}

extension BroadcastOperator {
    fileprivate func joined(_ rooms: [String]) -> BroadcastOperator {
        var chosen = self
        chosen.audience.rooms += rooms
        return chosen
    }
}
