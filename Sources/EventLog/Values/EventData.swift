internal import JSON

/// What an event carries: JSON, or bytes that the log does not look into.
public enum EventData: Hashable, Sendable {
    /// JSON text without insignificant whitespace (RFC 8259).
    case json([UInt8])
    case bytes([UInt8])

    /// Checks JSON text and keeps it without insignificant whitespace, so that it fits on one line everywhere.
    ///
    /// - Throws: `.invalidEvent` with the place of the first fault.
    public static func json(checking text: [UInt8]) throws(AppendError) -> EventData {
        do {
            return .json(try JSONText.minified(text))
        } catch {
            throw AppendError(.invalidEvent, "data is not JSON: \(error)", field: "data")
        }
    }

    public var count: Int {
        switch self {
        case .json(let bytes), .bytes(let bytes): bytes.count
        }
    }
}
