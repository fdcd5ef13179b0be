import Dispatch
import EventLog
import Synchronization
import Testing

@Suite("Group commit") struct GroupCommitTests {
    @Test("under many producers every receipt's offset is where its event is, and each producer's order is kept")
    func manyProducers() async throws {
        let (producers, each) = (40, 25)
        try await withLog { log in
            let receipts = try await withThrowingTaskGroup(of: [(Int, Offset)].self) { group in
                for producer in 0..<producers {
                    group.addTask {
                        var receipts: [(Int, Offset)] = []
                        for number in 0..<each {
                            let key = producer * 1000 + number
                            let receipt = try await log.append(sample(key, topic: "p/\(producer)"))
                            #expect(log.head >= receipt.offset)
                            receipts.append((key, receipt.offset))
                        }
                        return receipts
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(log.head == Offset(producers * each))
            #expect(Set(receipts.map(\.1)).count == producers * each)
            for (key, offset) in receipts {
                #expect(try log.event(at: offset)?.data.text == "{\"number\":\(key)}")
            }
            for producer in 0..<producers {
                let filter = EventFilter(topics: [try #require(TopicPattern("p/\(producer)"))])
                let numbers = try log.read(filter: filter).events.map(\.data.text)
                #expect(numbers == (0..<each).map { "{\"number\":\(producer * 1000 + $0)}" })
            }
            #expect(try log.verify().isSound)
        }
    }

    @Test("heads are reported in order, and every reported head can be read")
    func observers() async throws {
        try await withLog { log in
            let heads = Mutex<[Offset]>([])
            let observation = log.observe { head in
                #expect((try? log.event(at: head))??.offset == head)
                heads.withLock { $0.append(head) }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 { group.addTask { try await log.append(samples(1...(1 + number % 5))) } }
                try await group.waitForAll()
            }
            let reported = heads.withLock { $0 }
            #expect(reported == Array(Set(reported)).sorted())
            #expect(reported.last == log.head)
            observation.cancel()
            try await log.append(sample())
            #expect(heads.withLock { $0 } == reported)
        }
    }

    @Test("when too much waits a producer gets busy at once, and the appends that waited are written")
    func busy() async throws {
        try await withLog({
            unsynced(&$0)
            $0.limits = EventLimits(data: EventLimits.maximumData)
        }) { log in
            let projector = try await log.project(NameProjection())
            let (started, resume) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            async let blocked = projector.append { _, _ throws(Names.Taken) in
                started.signal()
                resume.wait()
                return [Names.event("blocker")]
            }
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    started.wait()
                    continuation.resume()
                }
            }
            // The queue holds 64 MiB: three of these, and not a fourth.
            let large = NewEvent(
                topic: "large", type: "t.t", data: .bytes([UInt8](repeating: 0, count: EventLimits.maximumData)))
            try await withThrowingTaskGroup(of: Result<Receipt, AppendError>.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        do throws(AppendError) {
                            return .success(try await log.append(large))
                        } catch {
                            return .failure(error)
                        }
                    }
                }
                let first = try #require(try await group.next())
                let error = #expect(throws: AppendError.self) { try first.get() }
                #expect(error?.code == .busy)
                #expect(
                    error?.message.hasSuffix("the limit is 65536 appends and 67108864 bytes; try again shortly") == true
                )
                resume.signal()
                for try await other in group { #expect(throws: Never.self) { try other.get() } }
            }
            #expect(try await blocked.offset == 1)
            #expect(log.head == 4)
            #expect(try await log.append(sample()).offset == 5)
        }
    }

    @Test("closing writes the appends that wait and answers every producer")
    func closeDrains() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            let written = await withTaskGroup(of: Offset?.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        if number == 100 { log.close() }
                        return try? await log.append(sample(number)).offset
                    }
                }
                return await group.reduce(into: [Offset]()) { if let offset = $1 { $0.append(offset) } }
            }
            let again = try openLog(directory)
            defer { again.close() }
            #expect(written.sorted() == (0..<written.count).map { Offset($0 + 1) })
            #expect(again.head == Offset(written.count))
        }
    }

    @Test(
        "every durability keeps what was appended over closing",
        arguments: [Durability.sync, .interval(milliseconds: 1), .interval(milliseconds: 60_000), .none])
    func durabilities(durability: Durability) async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory) { $0.durability = durability }
            #expect(log.durability == durability)
            for number in 1...20 { try await log.append(sample(number)) }
            log.close()
            let again = try openLog(directory, reading)
            defer { again.close() }
            #expect(again.head == 20)
            #expect(try again.verify().isSound)
        }
    }

    @Test("the map grows under appends, and the log stays sound")
    func mapGrows() async throws {
        try await withLog({
            unsynced(&$0)
            $0.mapSize = 1 << 17
        }) { log in
            let projector = try await log.project(NameProjection())
            for round in 0..<30 {
                let events = (0..<20).map {
                    NewEvent(
                        topic: "t/\($0)", type: "t.t", id: "\(round)/\($0)",
                        data: .bytes([UInt8](repeating: 1, count: 2000)))
                }
                #expect(try await log.append(events).duplicates == 0)
                #expect(
                    try await projector.append { state, _ throws(Names.Taken) in [try state.claim("\(round)")] }
                        .duplicates == 0)
            }
            #expect(log.head == 630)
            #expect(projector.value.state.taken.count == 30)
            #expect(try log.verify().isSound)
        }
    }
}
