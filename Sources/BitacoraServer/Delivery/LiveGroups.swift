import EventLog

/// The live subscribers of one event loop, in groups that want the same bytes.
///
/// A group is found by the topics and types of new events, so that a commit costs what it concerns and not how many
/// different filters there are.
struct LiveGroups {
    /// How many new events one step looks at, and how many matches of groups it collects.
    private static let stepEvents = 512
    private static let stepMatches = 8192

    private var groups: [ChunkKind: LiveGroup] = [:]
    /// Those that want everything; few, as each is of another encoding.
    private var unfiltered: [LiveGroup] = []
    private var filtered = FilterIndex<LiveGroup>()

    var isEmpty: Bool { groups.isEmpty }

    var all: some Sequence<LiveGroup> { groups.values }

    /// Adds a subscriber, which has everything up to the loop's head, to those who want the same.
    mutating func join(_ subscriber: Subscriber) {
        let group = groups[subscriber.kind] ?? insertGroup(subscriber.kind)
        subscriber.group = group
        subscriber.phase = .live(place: group.members.count)
        group.members.append(subscriber)
    }

    /// Takes a subscriber out of its group, which ends with its last member.
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

    /// The groups which want some of the events after `after`, up to where a step ends; each knows what it lacks.
    ///
    /// Where the events cannot be looked at, all groups are given, and each finds out what it can have.
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

    private func find(_ wanting: inout [LiveGroup], _ after: Offset, _ head: Offset, _ log: EventLog) throws(ReadError) -> Offset {
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
    /// What the members lack of the events up to the loop's head; nil when they have everything.
    var lack: Lack?
    /// The events that the filter lets through, while new ones are looked at.
    var matched: [Offset] = []

    struct Lack {
        /// The last event that the members have or do not want.
        let after: Offset
        /// Which events they want of those that follow; nil when that is not known.
        var events: ArraySlice<Offset>?

        /// What is left when everything up to `last` has been delivered.
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
