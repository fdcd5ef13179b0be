/// What somebody would pay in an auction.
public struct Bid: Sendable, Equatable {
    /// An exact decimal, 0 or more.
    public internal(set) var amount = Price.zero
    /// Who: 1 to 64 characters, without whitespace at the ends or control characters. Nobody checks that it is true.
    public internal(set) var bidder = ""
    /// The time of its event, by which it was judged.
    public let time: Moment

    /// The offset of its event; 0 while it is being decided.
    public let offset: UInt64

    /// A bid whose fields are still to be filled.
    init(time: Moment, offset: UInt64 = 0) {
        self.time = time
        self.offset = offset
    }

    /// The fields of `bid.place` beside `auction`.
    static let table = FieldTable<Bid>([
        Field("amount", \.amount, .price, isRequired: true),
        Field("bidder", \.bidder, .code(1...64), isRequired: true),
    ])
}
