import EventLog
@testable import Marketplace
import Testing
@testable import BitacoraServer

@Suite struct SeedTests {
    private func plant(products: String, messages: String = "") async throws -> (count: Int, head: Offset) {
        try await withTemporaryDirectory { directory in
            try write(products, to: directory + "/products.jsonl")
            try write(messages, to: directory + "/messages.jsonl")
            return try await withLog { log in
                let count = try await Self.plant(.directory(directory), in: log)
                return (count, log.head)
            }
        }
    }

    private static func plant(_ source: SeedSource, in log: EventLog) async throws -> Int {
        try await Seed(Marketplace().seed, from: source, log.limits).append(to: log)
    }

    private static func line(_ number: Int) -> String { #"{"topic":"a","type":"b","data":\#(number)}"# }

    @Test("the demo data of the repository is complete, and is appended to an empty log only")
    func demo() async throws {
        try await withLog { log in
            let count = try await Self.plant(.directory(Project.seed), in: log)
            #expect(count >= 70)
            let state = try await log.project(MarketplaceProjection()).value.state
            let bids = try log.read(after: .start, filter: EventFilter(types: ["bid.placed"]), limit: 1000).events.count
            #expect(state.productsInOrder.count >= 50 && state.messageCount >= 30)
            #expect((state.auctions.count, state.auctions.openCount) == (4, 3))
            #expect(state.auctions.inOrder.map(\.bidCount).reduce(0, +) == bids, "a bid was skipped")
            let again = try await Self.plant(.directory(Project.seed), in: log)
            #expect(again == 0)
            #expect(log.head == Offset(UInt64(count)))
        }
    }

    @Test("the demo data in the executable is that of the repository")
    func embedded() async throws {
        let (carried, own) = try await (planted(.demo), planted(.directory(Project.seed)))
        #expect(carried.count >= 70)
        #expect(carried == own)
    }

    /// An event without its time.
    private func planted(_ source: SeedSource) async throws -> [String] {
        try await withLog { log in
            _ = try await Self.plant(source, in: log)
            return try log.read(after: .start, limit: 1000).events.map {
                "\($0.offset) \($0.topic) \($0.type) \($0.id ?? "") \($0.data)"
            }
        }
    }

    @Test(
        "blank lines are skipped, and lines may end with CR LF",
        arguments: [
            ("\(line(1))\n\(line(2))\n", 2), ("\(line(1))\r\n\(line(2))\r\n", 2), ("\n\n\(line(1))\n  \n", 1),
            (line(1), 1), ("", 0), ("\n", 0),
        ])
    func lines(text: String, count: Int) async throws {
        let planted = try await plant(products: text)
        #expect(planted.count == count)
        #expect(planted.head == Offset(UInt64(count)))
    }

    @Test(
        "the error of a line that is not an event names the file and the line, and nothing is appended",
        arguments: [
            ("\(line(1))\nnonsense", "", "products.jsonl, line 2: "),
            ("\n\n\(line(1))\r\n{\"topic\":7}\n", "", "products.jsonl, line 4: "),
            (line(1), "\n{}\n", "messages.jsonl, line 2: data is required"),
        ])
    func faults(products: String, messages: String, place: String) async throws {
        let error = await #expect(throws: ServerError.self) { try await plant(products: products, messages: messages) }
        #expect(error?.description.contains(place) == true)
    }

    @Test("the error of an event that the log rejects names the directory")
    func refused() async throws {
        let error = await #expect(throws: ServerError.self) {
            try await plant(products: #"{"topic":"a/","type":"b","data":1}"#)
        }
        #expect(error?.description.contains("cannot be appended: topic has an empty level") == true)
    }

    @Test(
        "an error in a seed is found before the log is created",
        arguments: [
            ("nonsense", "products.jsonl, line 1: "),
            (#"{"topic":"a/","type":"b","data":1}"#, "cannot be appended: topic has an empty level"),
            (#"{"topic":"a","type":"b","data":"0123456789"}"#, "cannot be appended: data is 12 bytes; the limit is 10"),
        ])
    func checked(products: String, reason: String) async throws {
        try await withTemporaryDirectory { directory in
            try write(products, to: directory + "/products.jsonl")
            try write("", to: directory + "/messages.jsonl")
            let error = #expect(throws: ServerError.self) {
                try Seed(Marketplace().seed, from: .directory(directory), EventLimits(data: 10))
            }
            #expect(error?.description.contains(reason) == true)
        }
    }

    @Test("the error of a directory without the files names the path")
    func missing() async throws {
        try await withLog { log in
            let error = await #expect(throws: ServerError.self) {
                try await Self.plant(.directory("/nowhere"), in: log)
            }
            #expect(error?.description.contains("/nowhere/products.jsonl") == true)
        }
    }
}
