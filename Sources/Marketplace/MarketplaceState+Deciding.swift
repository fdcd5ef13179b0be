import JSON

extension MarketplaceState {
    /// The commands: the name of each, the type of its events, and the function that decides it.
    private static let commands: [(name: String, event: String, decide: Decision)] = [
        (
            "product.create", MarketplaceEventType.productCreated,
            { (state, data) throws(Refusal) in try state.createProduct(data) }
        ),
        (
            "product.update", MarketplaceEventType.productUpdated,
            { (state, data) throws(Refusal) in try state.updateProduct(data) }
        ),
        (
            "product.delete", MarketplaceEventType.productDeleted,
            { (state, data) throws(Refusal) in try state.deleteProduct(data) }
        ),
        (
            "message.post", MarketplaceEventType.messagePosted,
            { (state, data) throws(Refusal) in try state.postMessage(data) }
        ),
        (
            "auction.open", MarketplaceEventType.auctionOpened,
            { (state, data) throws(Refusal) in try state.openAuction(data) }
        ),
        ("bid.place", MarketplaceEventType.bidPlaced, { (state, data) throws(Refusal) in try state.placeBid(data) }),
        (
            "auction.close", MarketplaceEventType.auctionClosed,
            { (state, data) throws(Refusal) in try state.closeAuction(data) }
        ),
    ]

    private typealias Decision = @Sendable (MarketplaceState, CommandData) throws(Refusal) -> [Fact]

    /// The names of the commands that `decide` knows.
    public static var commandNames: [String] { commands.map(\.name) }

    /// The event types that commands are decided into, each with the name of its command.
    ///
    /// Events of these types are appended by their commands only, on any topic: `apply` skips an event that breaks the
    /// state's rules, so one that was appended without a decision would be in the log and have no effect.
    public static let decidedTypes = Dictionary(uniqueKeysWithValues: commands.map { ($0.event, $0.name) })

    /// Decides a command against this state.
    ///
    /// The state does not change: append the facts, and apply them once they
    /// have their offsets. Lengths of text are counted in Unicode scalars.
    ///
    /// - Parameter time: what its events will be dated, which is what auctions go by: with any other, a fact
    ///   that is decided here might be one that `apply` skips.
    /// - Returns: what is to be appended, in order. Empty when the command asks for what is the
    ///   case already, such as an update that changes nothing: it succeeds and there is no event.
    /// - Throws: why the command is refused; of several reasons, the first found.
    public func decide(_ command: Command, at time: Moment) throws(Refusal) -> [Fact] {
        guard let entry = Self.commands.first(where: { $0.name == command.name }) else {
            throw .unknownCommand(command.name)
        }
        return try entry.decide(self, CommandData(command, at: time))
    }

    private func createProduct(_ data: CommandData) throws(Refusal) -> [Fact] {
        try data.refuseVersion()
        try data.refuseFields(besides: Product.table.names)
        var product = Product(id: nextProductID, version: 0)
        try Product.table.fill(&product, from: data.object, isNew: true)
        try refuseTakenCode(of: product)
        return [
            Fact(
                topic: MarketplaceTopic.products, type: MarketplaceEventType.productCreated,
                data: .object(product.eventData))
        ]
    }

    private func updateProduct(_ data: CommandData) throws(Refusal) -> [Fact] {
        try data.refuseFields(besides: ["id"] + Product.table.names)
        let old = try product(for: data)
        var new = old
        try Product.table.fill(&new, from: data.object, isNew: false)
        try refuseTakenCode(of: new)
        let changes = Product.table.changes(from: old, to: new)
        if changes.isEmpty { return [] }
        var event: JSONObject = ["id": .number(JSONNumber(old.id))]
        for change in changes { event[change.name] = change.value }
        return [
            Fact(
                topic: MarketplaceTopic.products, type: MarketplaceEventType.productUpdated,
                data: .object(event))
        ]
    }

    private func deleteProduct(_ data: CommandData) throws(Refusal) -> [Fact] {
        try data.refuseFields(besides: ["id"])
        let product = try product(for: data)
        if let auction = auctions.open(of: product.id) { throw .inAuction(auction, field: "id") }
        return [
            Fact(
                topic: MarketplaceTopic.products, type: MarketplaceEventType.productDeleted,
                data: ["id": .number(JSONNumber(product.id))])
        ]
    }

    private func postMessage(_ data: CommandData) throws(Refusal) -> [Fact] {
        try data.refuseVersion()
        try data.refuseFields(besides: Message.table.names)
        var message = Message()
        try Message.table.fill(&message, from: data.object, isNew: true)
        var event: JSONObject = ["socket": data.command.socket.map { .string($0) } ?? .null]
        Message.table.write(message, into: &event)
        return [
            Fact(
                topic: MarketplaceTopic.chat, type: MarketplaceEventType.messagePosted, data: .object(event))
        ]
    }

    /// The product that `id` names, if it is at the version the command was made for.
    private func product(for data: CommandData) throws(Refusal) -> Product {
        let id = try data.id("id")
        guard let product = product(id) else { throw .notFound(product: id) }
        if let expected = data.command.ifVersion, expected != product.version {
            throw .stale("product \(id)", version: product.version, expected: expected)
        }
        return product
    }

    private func refuseTakenCode(of product: Product) throws(Refusal) {
        if let owner = otherOwner(of: product.code, than: product.id) {
            throw .duplicate(code: product.code, of: owner)
        }
    }
}
