/// Why a log was not trimmed or repaired, or not to the end: doing it again goes on from there.
public enum MaintenanceError: Error, Equatable, Sendable {
    /// The events, or the snapshots that must stand in for them, cannot be read.
    case read(ReadError)
    /// A transaction failed.
    case write(AppendError)
    /// A projection would lose what it is made of: its newest usable snapshot, if any, is older than what would go.
    case uncovered(projection: String, newest: Offset?)
}

extension MaintenanceError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .read(let error): "\(error)"
        case .write(let error): "\(error)"
        case .uncovered(let projection, let newest):
            "the projection \(projection) could not be made any more: its newest snapshot is \(newest.map { "of offset \($0)" } ?? "none"); save a newer one first"
        }
    }
}
