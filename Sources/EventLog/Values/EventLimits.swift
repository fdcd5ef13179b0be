/// The bounds every event is held to; sizes are in bytes of UTF-8.
public struct EventLimits: Sendable {
    public static let topic = 255
    public static let type = 127
    public static let id = 255
    public static let source = 255
    /// What `data` can be configured up to.
    public static let maximumData = 16 << 20
    /// How many events one append may hold.
    public static let batch = 10_000
    /// How many bytes one append may hold, names and data together: a
    /// transaction is bounded, and so is what waits for it.
    public static let batchBytes = 32 << 20
    /// How far beyond the clock the time of an event may lie: clocks differ a little.
    public static let ahead = Duration.seconds(60)

    /// The most bytes of data an event may carry.
    public let data: Int

    /// - Parameter data: 1 … `maximumData`; 1 MiB unless told otherwise.
    public init(data: Int = 1 << 20) {
        precondition((1...Self.maximumData).contains(data), "data limit must be 1 … \(Self.maximumData) bytes")
        self.data = data
    }

    /// Event types that mean something else on the way to a client: names
    /// Socket.IO reserves, and the control messages of a subscription.
    static let reservedTypes: Set<String> = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
        "replayed", "reset", "ack",
    ]
}
