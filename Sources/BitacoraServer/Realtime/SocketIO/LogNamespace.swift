import EventLog

/// A namespace as a part of the log: `/` is all of it, `/chat` what is in `chat` and below.
struct LogNamespace: Hashable, Sendable {
    let name: String
    /// The topic of the namespace; nil for `/`.
    let topic: String?

    /// - Returns: nil when `name` is neither `/` nor a topic behind a slash.
    init?(_ name: String) {
        self.name = name
        guard name != "/" else {
            topic = nil
            return
        }
        guard name.hasPrefix("/"), let pattern = TopicPattern(String(name.dropFirst())), pattern.isExact else {
            return nil
        }
        topic = pattern.description
    }

    /// As bytes, as topics are compared everywhere: text that looks alike may be another topic.
    private static func lies(_ pattern: String.UTF8View, in topic: String.UTF8View) -> Bool {
        pattern.starts(with: topic) && [nil, UInt8(ascii: "/")].contains(pattern.dropFirst(topic.count).first)
    }

    /// What of it a client gets.
    ///
    /// - Parameter topics: whole topics, as everywhere; they must lie in the namespace. None: all of it.
    func filter(topics: [TopicPattern], types: [String]) throws(Problem) -> EventFilter {
        guard let topic else { return EventFilter(topics: topics, types: types) }
        if let stranger = topics.first(where: { !Self.lies($0.description.utf8, in: topic.utf8) }) {
            throw .invalid(
                "topics", "'\(stranger)' does not lie in namespace \(name); its topics are \(topic) and \(topic)/**")
        }
        let own = [topic, topic + "/**"].compactMap(TopicPattern.init)
        return EventFilter(topics: topics.isEmpty ? own : topics, types: types)
    }
}
