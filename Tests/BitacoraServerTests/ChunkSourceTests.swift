import EventLog
import NIOCore
import Testing
@testable import BitacoraServer

@Suite struct ChunkSourceTests {
    private let everything = ChunkKind(filter: .all, encoding: .webSocket)

    /// Where the bytes lie.
    private func place(_ chunk: Chunk) -> UnsafeRawPointer? { chunk.bytes.withUnsafeReadableBytes { $0.baseAddress } }

    @Test("two who want the same are given the same bytes; of another kind, their own")
    func sharing() async throws {
        try await withLog { log in
            try await log.append(samples(20))
            let source = ChunkSource(log: log)
            let first = try source.chunk(after: 3, through: 20, everything)
            #expect(try place(source.chunk(after: 3, through: 20, everything)) == place(first))
            #expect(try place(source.chunk(after: 4, through: 20, everything)) != place(first))
            let stream = try source.chunk(after: 3, through: 20, ChunkKind(filter: .all, encoding: .serverSentEvents))
            #expect(place(stream) != place(first))
            for (chunk, encoding) in [(first, EventEncoding.webSocket), (stream, .serverSentEvents)] {
                #expect(try Received(chunk.bytes, encoding).offsets == Array(4...20))
                #expect(chunk.last == 20)
                #expect(!chunk.isWhole)
            }
        }
    }

    @Test("a chunk ends when it is full, and the next one goes on")
    func chunks() async throws {
        try await withLog { log in
            try await log.append(samples(300, size: 1000))
            let source = ChunkSource(log: log)
            var after = Offset.start
            var offsets: [Int] = []
            while after < log.head {
                let chunk = try source.chunk(after: after, through: log.head, everything)
                #expect(chunk.isWhole == (chunk.last < log.head))
                #expect(chunk.bytes.readableBytes < ChunkSource.chunkBytes + 1200)
                offsets += try Received(chunk.bytes, .webSocket).offsets
                after = chunk.last
            }
            #expect(offsets == Array(1...300))
        }
    }

    @Test("one that ended at an older head is made anew for a newer")
    func newerHead() async throws {
        try await withLog { log in
            let source = ChunkSource(log: log)
            try await log.append(samples(2))
            #expect(try source.chunk(after: 0, through: 2, everything).last == 2)
            try await log.append(samples(2))
            let chunk = try source.chunk(after: 0, through: 4, everything)
            #expect(try Received(chunk.bytes, .webSocket).offsets == [1, 2, 3, 4])
        }
    }

    // Two loops hear of a commit one after the other:
    //
    //     loop A                          loop B
    //     head 100
    //     a full chunk after 0: … 51
    //                                     head still 40: after 0?
    @Test("none goes beyond the head that its loop has heard of", arguments: [1, 20, 40])
    func olderHead(head: UInt64) async throws {
        try await withLog { log in
            try await log.append(samples(100, size: 1000))
            let source = ChunkSource(log: log)
            let full = try source.chunk(after: 0, through: 100, everything)
            #expect(full.isWhole && full.last > Offset(head))
            let chunk = try source.chunk(after: 0, through: Offset(head), everything)
            #expect(chunk.last == Offset(head))
            let received = try Received(chunk.bytes, .webSocket)
            #expect(received.offsets == Array(1...Int(head)))
            // The longer one is still there for who can use it.
            #expect(try place(source.chunk(after: 0, through: 100, everything)) == place(full))
        }
    }

    @Test("where little matches, what was looked through is kept too, and takes little")
    func sparse() async throws {
        try await withLog { log in
            for _ in 0..<2 { try await log.append([sample(type: "rare")] + samples(9999)) }
            let source = ChunkSource(log: log)
            let rare = ChunkKind(filter: EventFilter(types: ["rare"]), encoding: .webSocket)
            let chunk = try source.chunk(after: 0, through: log.head, rare)
            #expect(chunk.isWhole && chunk.last < log.head)
            #expect(try Received(chunk.bytes, .webSocket).offsets == [1])
            #expect(chunk.bytes.capacity < 1024)
            #expect(try place(source.chunk(after: 0, through: log.head, rare)) == place(chunk))
        }
    }

    @Test("a chunk ends before a damaged event, and the next chunk is the error")
    func damaged() async throws {
        try await withDamagedLog(of: samples(20), damaged: [15]) { log in
            let source = ChunkSource(log: log)
            let offsets = (10...UInt64(20)).map { Offset($0) }
            for chunk in [
                try source.chunk(after: 9, through: 20, everything), try source.chunk(of: offsets[...], .webSocket),
                try source.readAhead(after: 9, through: 20, ChunkKind(filter: .all, encoding: .serverSentEvents)),
            ] {
                #expect(chunk.last == 14)
            }
            #expect(
                try Received(source.chunk(after: 9, through: 20, everything).bytes, .webSocket).offsets
                    == Array(10...14))
            #expect(throws: ReadError.self) { try source.chunk(after: 14, through: 20, everything) }
            #expect(throws: ReadError.self) { try source.chunk(of: offsets[5...], .webSocket) }
        }
    }

    @Test("the offsets that name a chunk count among what is kept")
    func keptOffsets() async throws {
        try await withLog { log in
            try await log.append(samples(100))
            let source = ChunkSource(log: log)
            let offsets = (1...UInt64(100)).map { Offset($0) }
            let chunk = try source.chunk(of: offsets[...], .webSocket)
            #expect(chunk.last == 100)
            #expect(source.keptBytes == chunk.bytes.capacity + 100 * MemoryLayout<Offset>.stride)
        }
    }

    @Test("what is kept stays below its bound")
    func bound() async throws {
        try await withLog { log in
            for _ in 0..<6 { try await log.append(samples(100, size: 100_000)) }
            let source = ChunkSource(log: log)
            for encoding in [EventEncoding.webSocket, .serverSentEvents] {
                for offset in 0..<600 {
                    _ = try source.chunk(
                        after: Offset(UInt64(offset)), through: log.head, ChunkKind(filter: .all, encoding: encoding))
                    #expect(source.keptBytes <= ChunkSource.cacheBytes)
                }
            }
            #expect(source.keptBytes > ChunkSource.cacheBytes / 2)
        }
    }
}
