/// When a commit reaches the disk.
public enum Durability: Hashable, Sendable {
    /// Before it is acknowledged. Nothing acknowledged is lost in a power cut.
    case sync
    /// At most this many milliseconds later. A killed process loses nothing;
    /// a power cut may lose that much, or damage the file.
    case interval(milliseconds: Int)
    /// When the operating system likes, and at `close`. A killed process loses
    /// nothing; a power cut may lose anything, or damage the file.
    case none
}

extension Durability: LosslessStringConvertible {
    /// `sync`, `interval(MS)` (1 … 60,000) or `none`.
    public init?(_ description: String) {
        switch description {
        case "sync": self = .sync
        case "none": self = .none
        default:
            guard description.hasPrefix("interval("), description.hasSuffix(")"),
                let milliseconds = Int(description.dropFirst(9).dropLast()), (1...60_000).contains(milliseconds)
            else { return nil }
            self = .interval(milliseconds: milliseconds)
        }
    }

    public var description: String {
        switch self {
        case .sync: "sync"
        case .interval(let milliseconds): "interval(\(milliseconds))"
        case .none: "none"
        }
    }
}
