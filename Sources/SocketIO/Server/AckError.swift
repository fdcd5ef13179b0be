import NIOCore

/// Thrown by a handler or by per-packet middleware to answer the client with an error.
///
/// A client that asked for an answer gets `{"error":{"code":…,"message":…}}` as its only argument. Any
/// other error that is thrown is answered with the code `internal` and no details.
public struct AckError: Error, Hashable, Sendable {
    /// For the client's program, such as `not-found`.
    public let code: String
    /// For people.
    public let message: String

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    static let `internal` = AckError(code: "internal", message: "the server could not handle this event")

    /// What a client is told of any error.
    static func telling(_ error: any Error) -> AckError {
        switch error {
        case let error as AckError: error
        case let error as ArgumentError where error.code == .missing || error.code == .mismatch:
            AckError(code: "bad-arguments", message: error.description)
        default: .internal
        }
    }

    var arguments: EncodedArguments {
        var json = ByteBuffer()
        json.writeString("{\"error\":{\"code\":")
        json.writeJSONString(code)
        json.writeString(",\"message\":")
        json.writeJSONString(message)
        json.writeString("}}")
        return EncodedArguments(items: json)
    }
}
