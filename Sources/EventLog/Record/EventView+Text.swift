extension EventView {
    /// A copy of the topic.
    public var topicText: String { topic.string }

    /// A copy of the type.
    public var typeText: String { type.string }
}
