/// Which sockets something is meant for.
struct Audience: Sendable {
    let namespace: String
    /// The union of these rooms; empty for everybody. A socket's id is a room of its own.
    var rooms: [String] = []
    /// Who is in one of these rooms is left out.
    var excludedRooms: [String] = []
    /// The socket that asked, where it is not meant itself.
    var sender: Socket?
}

extension Audience: Equatable {
    static func == (one: Audience, other: Audience) -> Bool {
        one.sender === other.sender && one.namespace == other.namespace
            && one.rooms == other.rooms && one.excludedRooms == other.excludedRooms
    }
}
