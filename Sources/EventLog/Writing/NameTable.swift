/// Values by name, in the order in which the names were first met.
///
/// Names are compared as bytes: two strings that Swift calls equal may be
/// different topics (Unicode's canonical equivalence).
struct NameTable<Value> {
    private(set) var entries: [(name: [UInt8], value: Value)] = []
    private var places: [[UInt8]: Int] = [:]
    /// The entry used last: the next event most often has the same name.
    private var recent = 0

    subscript(name: RawSpan) -> Value? {
        guard !entries.isEmpty, let place = places[name.array] else { return nil }
        return entries[place].value
    }

    /// Changes the value of a name, which is `initial` until then.
    mutating func update(_ name: RawSpan, from initial: @autoclosure () -> Value, _ change: (inout Value) -> Void) {
        if recent < entries.count, name.isEqual(entries[recent].name) { return change(&entries[recent].value) }
        let key = name.array
        recent = places[key] ?? entries.count
        if recent == entries.count {
            places[key] = recent
            entries.append((key, initial()))
        }
        change(&entries[recent].value)
    }
}
