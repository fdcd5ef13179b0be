import Logging
import NIOCore

/// What the library's calls and failures are on the wire.
extension SocketIOServer {
    /// An event to emit; nil, and an error in the log, where it cannot be.
    func packet(
        _ event: String, namespace: String, _ arguments: () throws(ArgumentError) -> EncodedArguments
    ) -> OutgoingPacket? {
        do throws(ArgumentError) {
            guard !ReservedName.contains(event) else {
                throw ArgumentError(.notEncodable, at: 0, "the name is reserved for the library")
            }
            return .event(event, try arguments(), namespace: namespace)
        } catch {
            logger.error("an event was not emitted", metadata: ["event": "\(event)", "error": "\(error)"])
            return nil
        }
    }

    /// How a client is told that it may not join.
    func refusal(_ error: any Error, namespace: String) -> OutgoingPacket {
        let told = AckError.telling(error)
        if told != .internal, let error = error as? ArgumentError {
            // The client's mistake: middleware that asked for its `auth`.
            logger.debug("refused a client for its auth", metadata: ["namespace": "\(namespace)", "error": "\(error)"])
            return .connectError(
                "invalid auth: \(error.message)", data: json(["code": told.code]), namespace: namespace)
        }
        guard let refused = error as? ConnectionRefused else {
            logger.error(
                "could not decide about a client", metadata: ["namespace": "\(namespace)", "error": "\(error)"])
            return .connectError("internal", namespace: namespace)
        }
        return .connectError(refused.message, data: refused.data.flatMap { json($0) }, namespace: namespace)
    }

    private func json(_ value: some Encodable) -> [UInt8]? {
        // A refusal has no attachments.
        guard let encoded = try? EncodedArguments(value, maximumAttachments: 0) else { return nil }
        return Array(encoded.items.readableBytesView)
    }
}
