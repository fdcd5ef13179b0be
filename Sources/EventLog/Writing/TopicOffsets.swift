/// The offsets of one group by topic, on their way into the index.
///
/// Topics are compared as bytes: two strings that Swift calls equal may be
/// different topics (Unicode's canonical equivalence).
struct TopicOffsets {
    private(set) var entries: [(topic: [UInt8], offsets: [UInt64])] = []
    private var places: [[UInt8]: Int] = [:]
    /// The entry used last: the next event is most often of the same topic.
    private var recent = 0

    mutating func add(_ offset: Offset, to topic: RawSpan) {
        if recent < entries.count, topic.isEqual(entries[recent].topic) {
            entries[recent].offsets.append(offset.rawValue)
            return
        }
        let name = topic.array
        if let place = places[name] {
            recent = place
            entries[place].offsets.append(offset.rawValue)
        } else {
            recent = entries.count
            places[name] = recent
            entries.append((name, [offset.rawValue]))
        }
    }

    func last(of topic: RawSpan) -> Offset? {
        guard !entries.isEmpty, let place = places[topic.array] else { return nil }
        return entries[place].offsets.last.map(Offset.init(_:))
    }
}
