extension Socket {
    /// Answers an event that a backend has dealt with; from any thread, also when the socket has moved or ended meanwhile.
    ///
    /// - Parameters:
    ///   - id: the event's id.
    ///   - json: the text of a JSON array, the arguments of the answer.
    package func acknowledge(_ id: UInt64, _ json: [UInt8]) {
        let packet = OutgoingPacket.ack(id, array: json, namespace: namespace.name)
        namespace.server.switchboard.post(.emit(self, packet, isVolatile: false), to: seat)
    }
}
