import Inspection

/// How many events there are of something.
struct CountedRow: Equatable {
    /// Nil for events that have no such name, and for the rest.
    let name: String?
    let events: Int
    /// Whether it stands for all that have no row of their own.
    var isRest = false

    /// As it is shown to people.
    var label: String { name.map { ShownText.escaped($0) } ?? (isRest ? "(others)" : "(none)") }
}
