import EventLog

/// The live subscribers of one event loop, in groups that want the same bytes.
///
/// The groups that want an event are found by the topic and the type of the event: the cost of a commit depends on the
/// number of subscribers that want its events, not on the number of different filters.
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

    /// Adds a subscriber that has everything up to the loop's head to the group of its kind.
    mutating func join(_ subscriber: Subscriber) {
        let group = groups[subscriber.kind] ?? insertGroup(subscriber.kind)
        subscriber.group = group
        subscriber.phase = .live(place: group.members.count)
        group.members.append(subscriber)
    }

    /// Removes a subscriber from its group; a group without members is removed.
    mutating func leave(_ subscriber: Subscriber) {
        guard case .live(let place) = subscriber.phase, let group = subscriber.group else { return }
        subscriber.group = nil
        if let last = group.members.popLast(), last !== subscriber {
            group.members[place] = last
            last.phase = .live(place: place)
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

    /// Reads the next new events, and sets `lack` of each group that wants some of these events.
    ///
    /// - Returns: the groups that want some of the events, and the last offset that was read. If reading fails, all
    ///   groups, without lists of events: the read for each group then gets the error.
    func look(after: Offset, through head: Offset, in log: EventLog) -> (wanting: [LiveGroup], end: Offset) {
        var wanting: [LiveGroup] = []
        var end = head
        do throws(ReadError) {
            if filtered.count > 0 { end = try find(&wanting, after, head, log) }
            for group in wanting { group.lack = LiveGroup.Lack(after: after, events: group.matched[...]) }
            for group in unfiltered { group.lack = LiveGroup.Lack(after: after) }
        } catch {
            for group in groups.values { group.lack = LiveGroup.Lack(after: after) }
            wanting = groups.values.filter { !$0.kind.filter.isAll }
        }
        for group in wanting { group.matched = [] }
        return (unfiltered + wanting, end)
    }

    private func find(
        _ wanting: inout [LiveGroup], _ after: Offset, _ head: Offset, _ log: EventLog
    ) throws(ReadError) -> Offset {
        var (events, matches) = (0, 0)
        return try log.scan(after: after, through: head) { event in
            let offset = event.offset
            filtered.visitMatches(event) { group in
                guard group.matched.last != offset else { return }
                if group.matched.isEmpty { wanting.append(group) }
                group.matched.append(offset)
                matches += 1
            }
            events += 1
            return events < Self.stepEvents && matches < Self.stepMatches
        }
    }
}

/// Live subscribers of one event loop that want the same bytes.
final class LiveGroup: Hashable {
    let kind: ChunkKind
    var members: [Subscriber] = []
    /// The events up to the loop's head that the members lack; nil when the members have all of them.
    var lack: Lack?
    /// The new events that the filter lets through, collected by `look`.
    var matched: [Offset] = []

    struct Lack {
        /// The members need no event up to this one.
        let after: Offset
        /// The events that they want after `after`; nil when these are not known.
        var events: ArraySlice<Offset>?

        /// What the members still lack when everything up to `last` has been delivered.
        func rest(after last: Offset, _ head: Offset) -> Lack? {
            guard let events else { return last < head ? Lack(after: last) : nil }
            let rest = events.drop { $0 <= last }
            return rest.isEmpty ? nil : Lack(after: last, events: rest)
        }
    }

    init(_ kind: ChunkKind) { self.kind = kind }

    static func == (one: LiveGroup, other: LiveGroup) -> Bool { one === other }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
