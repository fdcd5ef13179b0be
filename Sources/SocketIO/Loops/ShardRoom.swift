/// The sockets of a shard that are in a room, in no particular order.
final class ShardRoom {
    let name: String
    private(set) var members: [SocketMember] = []

    init(_ name: String) { self.name = name }

    func add(_ member: SocketMember) {
        member.stays.append(SocketMember.Stay(room: self, place: members.count))
        members.append(member)
    }

    /// Takes out who has its stay at `index`; the last one takes its place.
    func remove(_ member: SocketMember, stay index: Int) {
        let place = member.stays[index].place
        member.stays.swapAt(index, member.stays.count - 1)
        member.stays.removeLast()
        guard let last = members.popLast(), last !== member else { return }
        members[place] = last
        if let stay = last.stays.firstIndex(where: { $0.room === self }) { last.stays[stay].place = place }
    }
}
