import JSON

extension Auction {
    /// The auction in a snapshot; moments in microseconds.
    var snapshot: JSONValue {
        var object: JSONObject = ["id": .number(JSONNumber(id))]
        Self.table.write(self, into: &object)
        object["openedAt"] = .number(JSONNumber(openedAt.microseconds))
        object["closedAt"] = closedAt.map { .number(JSONNumber($0.microseconds)) } ?? .null
        object["bidCount"] = .number(JSONNumber(bidCount))
        object["bids"] = .array(
            bids.map { bid in
                var object = JSONObject()
                Bid.table.write(bid, into: &object)
                object["time"] = .number(JSONNumber(bid.time.microseconds))
                object["offset"] = .number(JSONNumber(bid.offset))
                return .object(object)
            })
        object["version"] = .number(JSONNumber(version))
        return .object(object)
    }

    /// Reads what `snapshot` made, and takes its bids again one by one.
    ///
    /// - Throws: what is wrong, as words that follow "auctions[0]".
    init(id: Int, snapshot: JSONValue) throws(SnapshotError) {
        guard let object = snapshot.object, object["id"]?.int == id,
            let openedAt = object["openedAt"].flatMap(Moment.init),
            let version = object["version"]?.number.flatMap({ UInt64($0.text) }), let bids = object["bids"]?.array,
            let bidCount = object["bidCount"]?.int, bids.count == min(bidCount, Self.maximumBids),
            let closedAt = object["closedAt"]
        else { throw SnapshotError(message: "is not auction \(id), or a part of it is missing") }
        self.init(id: id, openedAt: openedAt, version: version)
        do throws(Refusal) {
            try Self.table.fill(&self, from: object, isNew: true)
            for json in bids {
                guard let offset = json["offset"]?.number.flatMap({ UInt64($0.text) }) else {
                    throw Refusal(code: .missing, message: "a bid has no offset")
                }
                var bid = Bid(time: json["time"].flatMap(Moment.init) ?? closesAt, offset: offset)
                try Bid.table.fill(&bid, from: json.object ?? JSONObject(), isNew: true)
                try check(bid)
                take(bid)
            }
            countEarlierBids(bidCount - bids.count)
            guard !closedAt.isNull else { return }
            let time = Moment(closedAt) ?? openedAt
            try checkClosing(at: time)
            close(at: time)
        } catch {
            throw SnapshotError(message: "has a fault: \(error.message)")
        }
    }
}

extension Moment {
    fileprivate init?(_ json: JSONValue) {
        guard let microseconds = json.int else { return nil }
        self.init(microseconds: Int64(microseconds))
    }
}
