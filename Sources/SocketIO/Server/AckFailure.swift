/// Why an answer did not come.
///
/// A struct, because later versions may add codes.
public struct AckFailure: Error, Hashable, Sendable, CustomStringConvertible {
    private let text: String

    /// The client did not answer in time.
    public static let timedOut = Self(text: "the client did not answer in time")
    /// The socket was disconnected before it answered, or was not connected when it was asked.
    public static let disconnected = Self(text: "the socket is disconnected")
    /// The socket owes `Socket.maximumAcks` answers already.
    public static let tooManyWaiting = Self(text: "the socket owes too many answers already")
    /// Events of this name are the library's own.
    public static let reservedName = Self(text: "the event's name is reserved for the library")

    public var description: String { text }

    /// For `catch AckFailure.timedOut`.
    public static func ~= (failure: AckFailure, error: any Error) -> Bool { error as? AckFailure == failure }
}
