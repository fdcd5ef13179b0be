import EventLog

/// The live subscribers of one event loop, in groups that receive the same bytes.
///
/// The groups that an event matches are found by the topic and the type of the event: the cost of a commit depends on
/// the number of subscribers that its events match, not on the number of different filters.
struct LiveGroups {
    /// The maximum number of new events that one step reads.
    private static let stepEvents = 512
    /// The maximum number of matches of an event and a group that one step collects; the last event may exceed it.
    private static let stepMatches = 8192

    private var groups: [ChunkKind: LiveGroup] = [:]
    /// The groups without a filter: at most one for each encoding.
    private var unfiltered: [LiveGroup] = []
    private let filtered = FilterIndex<LiveGroup>()

    var isEmpty: Bool { groups.isEmpty }

    var all: some Sequence<LiveGroup> { groups.values }

    /// Adds a subscriber, which has everything up to the loop's head, to the group of its kind.
    mutating func join(_ subscriber: Subscriber) {
        let group = groups[subscriber.kind] ?? insertGroup(subscriber.kind)
        subscriber.group = group
        subscriber.phase = .live(index: group.members.count)
        group.members.append(subscriber)
    }

    /// Removes a subscriber from its group; a group without members is removed.
    mutating func leave(_ subscriber: Subscriber) {
        guard case .live(let index) = subscriber.phase, let group = subscriber.group else { return }
        subscriber.group = nil
        if let last = group.members.popLast(), last !== subscriber {
            group.members[index] = last
            last.phase = .live(index: index)
        }
        if group.members.isEmpty { removeGroup(group) }
    }

    private mutating func insertGroup(_ kind: ChunkKind) -> LiveGroup {
        let group = LiveGroup(kind)
        groups[kind] = group
        if kind.filter.isAll {
            unfiltered.append(group)
        } else {
            filtered.insert(group, for: kind.filter)
        }
        return group
    }

    private mutating func removeGroup(_ group: LiveGroup) {
        groups[group.kind] = nil
        if group.kind.filter.isAll {
            unfiltered.removeAll { $0 === group }
        } else {
            filtered.remove(group, for: group.kind.filter)
        }
    }

    /// Reads the next new events, and sets `pending` of each group whose filter some of these events match.
    ///
    /// - Returns: the groups that some of the events match, and the last offset that was read. If reading fails, all
    ///   groups, without lists of events: the read for each group then reports the error.
    func collectNewEvents(after: Offset, through head: Offset, in log: EventLog) -> (matching: [LiveGroup], end: Offset)
    {
        var matching: [LiveGroup] = []
        var end = head
        do throws(ReadError) {
            if filtered.count > 0 { end = try match(&matching, after, head, log) }
            for group in matching { group.pending = LiveGroup.Pending(after: after, events: group.matched[...]) }
            for group in unfiltered { group.pending = LiveGroup.Pending(after: after) }
        } catch {
            for group in groups.values { group.pending = LiveGroup.Pending(after: after) }
            matching = groups.values.filter { !$0.kind.filter.isAll }
        }
        for group in matching { group.matched = [] }
        return (unfiltered + matching, end)
    }

    private func match(
        _ matching: inout [LiveGroup], _ after: Offset, _ head: Offset, _ log: EventLog
    ) throws(ReadError) -> Offset {
        var (events, matches) = (0, 0)
        return try log.scan(after: after, through: head) { event in
            let offset = event.offset
            filtered.visitMatches(event) { group in
                guard group.matched.last != offset else { return }
                if group.matched.isEmpty { matching.append(group) }
                group.matched.append(offset)
                matches += 1
            }
            events += 1
            return events < Self.stepEvents && matches < Self.stepMatches
        }
    }
}

/// Live subscribers of one event loop that receive the same bytes.
final class LiveGroup: Hashable {
    let kind: ChunkKind
    var members: [Subscriber] = []
    /// The events up to the loop's head that have not been delivered to the members; nil when there are none.
    var pending: Pending?
    /// The new events that the filter lets through, collected by `collectNewEvents`.
    var matched: [Offset] = []

    /// Events that have not been delivered to the members of a group.
    struct Pending {
        /// The members have all events up to this one.
        let after: Offset
        /// The events after `after` that match the group's filter; nil when these have not been determined.
        var events: ArraySlice<Offset>?

        /// What remains to be delivered when everything up to `last` has been delivered; nil when nothing remains.
        func rest(after last: Offset, _ head: Offset) -> Pending? {
            guard let events else { return last < head ? Pending(after: last) : nil }
            let rest = events.drop { $0 <= last }
            return rest.isEmpty ? nil : Pending(after: last, events: rest)
        }
    }

    init(_ kind: ChunkKind) { self.kind = kind }

    static func == (one: LiveGroup, other: LiveGroup) -> Bool { one === other }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
