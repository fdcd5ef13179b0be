import Logging

/// What can be emitted to: a server's `/`, a namespace, or some of its sockets.
///
/// Everything here may be called from any task and does not wait for any client. A broadcast is encoded
/// once, whoever gets it. What one task posts here and to sockets happens in that order, and all
/// sockets see broadcasts in one order.
public protocol BroadcastTarget: Sendable {
    /// The sockets that are meant.
    var everyone: BroadcastOperator { get }
}

extension BroadcastTarget {
    /// Only those in one of these rooms, or in one that is named already.
    public func to(_ rooms: String...) -> BroadcastOperator {
        var chosen = everyone
        chosen.audience.rooms += rooms
        return chosen
    }

    /// Only those in one of these rooms, or in one that is named already.
    public func `in`(_ rooms: String...) -> BroadcastOperator {
        var chosen = everyone
        chosen.audience.rooms += rooms
        return chosen
    }

    /// Without those that are in one of these rooms.
    public func except(_ rooms: String...) -> BroadcastOperator {
        var chosen = everyone
        chosen.audience.excludedRooms += rooms
        return chosen
    }

    /// Drops what is emitted for clients that do not take it at once.
    public var volatile: BroadcastOperator {
        var chosen = everyone
        chosen.isVolatile = true
        return chosen
    }

    /// Emits an event to all sockets that are meant.
    ///
    /// What cannot be written as JSON, and an event of a reserved name, is not sent: an error is logged.
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) {
        everyone.post(event) { () throws(ArgumentError) in
            try EncodedArguments(repeat each arguments, maximumAttachments: everyone.server.options.maximumAttachments)
        }
    }

    /// Emits an event with the arguments of another.
    public func emit(_ event: String, arguments: Arguments) {
        everyone.post(event) { () throws(ArgumentError) in EncodedArguments(arguments) }
    }
}

extension BroadcastOperator {
    fileprivate func post(_ event: String, _ arguments: () throws(ArgumentError) -> EncodedArguments) {
        guard let packet = server.packet(event, namespace: audience.namespace, arguments) else { return }
        server.switchboard.postToAll(.broadcast(Broadcast(packet, to: audience, isVolatile: isVolatile)))
    }
}
