import EventLog
import Inspection

/// Imports the lines of a file: blocks are read and parsed ahead of the block that is being written, and written in
/// order.
///
/// ```
/// file ──► block ──► events (any thread) ──┐
///      ──► block ──► events ───────────────┼──► one append at a time ──► commit, sync
///      ──► block ──► events ───────────────┘
/// ```
struct ImportRun {
    /// How many blocks are read ahead. Each takes a few MiB, or more for long lines.
    private static let ahead = 4
    /// How many bad lines are reported one by one.
    private static let describedLines = 100

    struct Counts {
        /// Lines with an event, good or bad.
        var read = 0
        /// Events that were written, or would be written after a dry run.
        var new = 0
        /// Events that the log already had.
        var duplicates = 0
        /// Events whose id is made from the number of their line.
        var numbered = 0
        /// Bad lines.
        var skipped = 0
    }

    private(set) var counts = Counts()
    private var source: LineSource
    private let parser: BlockParser
    /// The target of the import; nil until a new log is created for the first events.
    private(set) var target: ImportTarget?
    private let createTarget: () throws -> ImportTarget
    private var progress: ProgressBar?

    /// - Parameters:
    ///   - target: nil when there is no log yet.
    ///   - createTarget: creates the log before the first events are written, so that a file that cannot be imported leaves
    ///     no empty log behind.
    init(
        _ source: LineSource, _ parser: BlockParser, to target: ImportTarget?,
        orNew createTarget: @escaping () throws -> ImportTarget
    ) {
        self.source = source
        self.parser = parser
        self.target = target
        self.createTarget = createTarget
        progress = source.size.map { ProgressBar("importing", total: $0, unit: "bytes") }
    }

    /// Imports all lines.
    ///
    /// - Throws: `Failure` for the first bad line, or the error of the log; ``counts`` has what was written before.
    mutating func run() async throws {
        defer { progress?.clear() }
        var waiting: [Task<BlockParser.Block, Never>] = []
        defer { for task in waiting { task.cancel() } }
        var hasEnded = false
        while true {
            while !hasEnded, waiting.count < Self.ahead {
                if let lines = try source.next() {
                    waiting.append(Task { [parser] in parser.parse(lines) })
                } else {
                    hasEnded = true
                }
            }
            guard !waiting.isEmpty else { break }
            try await write(await waiting.removeFirst().value)
        }
        // An import of a file without events also creates a log.
        if counts.skipped == 0 { _ = try openedTarget() }
    }

    private mutating func openedTarget() throws -> ImportTarget {
        if let target { return target }
        progress?.clear()
        let created = try createTarget()
        target = created
        return created
    }

    private mutating func write(_ block: BlockParser.Block) async throws {
        if try await !writeAtOnce(block) {
            for batch in block.batches { try await write(batch) }
        }
        progress?.update(block.end)
        if let (line, batch) = block.stop { throw failure(line, in: batch) }
    }

    /// Appends all batches in one commit; returns false, with nothing written, when an event of them is rejected.
    private mutating func writeAtOnce(_ block: BlockParser.Block) async throws -> Bool {
        guard let prepared = block.prepared, case .log(let log) = try openedTarget() else { return false }
        do throws(AppendError) {
            let receipt = try await log.append(prepared)
            counts.new += receipt.offsets.count - receipt.duplicates
            counts.duplicates += receipt.duplicates
        } catch {
            if error.isAboutEvents { return false }
            throw error
        }
        for batch in block.batches { count(batch) }
        return true
    }

    private mutating func write(_ batch: BlockParser.Batch) async throws {
        var batch = batch
        while !batch.events.isEmpty {
            let target = try openedTarget()
            do {
                let written = try await target.append(batch, parser.limits)
                counts.new += written.new
                counts.duplicates += written.duplicates
                break
            } catch ImportTarget.Rejection.bad(let lines) {
                guard parser.skipsBad else { throw failure(lines[0], in: batch.lines) }
                batch.skip(lines)
            } catch ImportTarget.Rejection.batch(let failure)
                where parser.skipsBad && failure.status == ExitStatus.refused
            {
                guard let number = batch.numbers.first, batch.events.count == 1 else {
                    return try await writeOneByOne(batch)
                }
                batch.skip([BlockParser.BadLine(number: number, message: failure.message)])
            } catch ImportTarget.Rejection.batch(let failure) {
                let place = "lines \(batch.lines.lowerBound) to \(batch.lines.upperBound)"
                throw Failure(failure.status, "\(source.name), \(place): \(failure.message); \(outlook(batch.lines))")
            }
        }
        count(batch)
    }

    /// Finds the bad lines of a batch that was rejected without the index of an event.
    private mutating func writeOneByOne(_ batch: BlockParser.Batch) async throws {
        for (event, number) in zip(batch.events, batch.numbers) {
            try await write(BlockParser.Batch(lines: number...number, events: [event], numbers: [number]))
        }
        count(BlockParser.Batch(lines: batch.lines, known: batch.known, numbered: batch.numbered, bad: batch.bad))
    }

    /// Counts the lines of a batch, and reports its bad lines.
    private mutating func count(_ batch: BlockParser.Batch) {
        counts.read += batch.events.count + batch.known + batch.bad.count
        counts.duplicates += batch.known
        counts.numbered += batch.numbered
        for line in batch.bad {
            counts.skipped += 1
            guard counts.skipped <= Self.describedLines else { continue }
            progress?.clear()
            let message = ShownText.escaped("bitacora: \(source.name), line \(line.number) skipped: \(line.message)")
            Terminal.standardError.write(message + "\n")
        }
    }

    private func failure(_ line: BlockParser.BadLine, in batch: ClosedRange<Int>) -> Failure {
        Failure(ExitStatus.refused, "\(source.name), line \(line.number): \(line.message); \(outlook(batch))")
    }

    /// Which lines of the file are in the log when a batch is rejected, and what to do.
    private func outlook(_ batch: ClosedRange<Int>) -> String {
        if case .dryRun? = target { return "all earlier lines can be imported" }
        let before =
            batch.lowerBound == 1
            ? "nothing was written" : "only the lines before line \(batch.lowerBound) were written"
        return parser.makesIDs
            ? "\(before). Correct the file and import it again, which writes no event twice, or pass --skip-bad to skip bad lines"
            : "\(before). Correct the file and import it again from line \(batch.lowerBound) on"
    }
}

extension BlockParser.Batch {
    mutating func skip(_ lines: [BlockParser.BadLine]) {
        bad += lines
        let left = Set(lines.map(\.number))
        let good = zip(events, numbers).filter { !left.contains($0.1) }
        events = good.map(\.0)
        numbers = good.map(\.1)
    }
}

/// The target of an import.
enum ImportTarget {
    /// A log that this process writes.
    case log(EventLog)
    /// The server that holds the log.
    case server(AppendClient)
    /// None: a dry run only checks the events.
    case dryRun(DryRun)

    /// How many events of a batch were written or skipped, or would be without a dry run.
    struct Written {
        var new: Int
        var duplicates: Int
    }

    /// Why a batch was not written.
    enum Rejection: Error {
        /// Some lines are bad; nothing of the batch was written.
        case bad([BlockParser.BadLine])
        /// The batch was rejected as a whole.
        case batch(Failure)
    }

    /// Appends all events of a batch or none. The batch is not empty.
    func append(_ batch: BlockParser.Batch, _ limits: EventLimits) async throws -> Written {
        switch self {
        case .log(let log):
            do throws(AppendError) {
                let receipt = try await log.append(try PreparedEvents(batch.events, limits))
                return Written(new: receipt.offsets.count - receipt.duplicates, duplicates: receipt.duplicates)
            } catch {
                guard error.isAboutEvents else { throw error }
                let conflicts = try Self.lookUp(batch) { try ExistingEvent($0, in: log) }.conflicts
                throw conflicts.isEmpty ? Rejection.batch(Failure(ExitStatus.refused, error.message)) : .bad(conflicts)
            }
        case .server(let server):
            do throws(AppendClient.Rejection) {
                return try await server.append(batch.events)
            } catch {
                guard let index = error.index, batch.numbers.indices.contains(index) else {
                    throw Rejection.batch(error.failure)
                }
                throw Rejection.bad([BlockParser.BadLine(number: batch.numbers[index], message: error.failure.message)])
            }
        case .dryRun(let run):
            let found = try Self.lookUp(batch) { try run.event(withID: $0) }
            guard found.conflicts.isEmpty else { throw Rejection.bad(found.conflicts) }
            try run.add(found.new)
            return Written(new: batch.events.count - found.known, duplicates: found.known)
        }
    }

    private struct Found {
        /// The lines whose id belongs to an event with another topic, type or data.
        var conflicts: [BlockParser.BadLine] = []
        /// How many events exist already.
        var known = 0
        /// The other events that have an id.
        var new: [IDTable.Entry] = []
    }

    /// Looks up the ids of a batch with `find` and among the earlier lines of the batch, and compares the events byte for
    /// byte, as the log does.
    private static func lookUp(_ batch: BlockParser.Batch, _ find: (String) throws -> ExistingEvent?) throws -> Found {
        var found = Found()
        // The keys are bytes, because two strings with different bytes can be equal.
        var first: [[UInt8]: [UInt8]] = [:]
        for (event, number) in zip(batch.events, batch.numbers) {
            guard let id = event.id else { continue }
            let contentDigest = event.contentDigest
            let earlier = first[Array(id.utf8)].map {
                ExistingEvent(contentDigest: $0, location: "earlier in the file")
            }
            guard let other = try earlier ?? find(id) else {
                first[Array(id.utf8)] = contentDigest
                found.new.append((id, contentDigest))
                continue
            }
            if other.contentDigest == contentDigest {
                found.known += 1
            } else {
                found.conflicts.append(
                    BlockParser.BadLine(
                        number: number, message: "id \(id) belongs to another event, \(other.location); use a new id"))
            }
        }
        return found
    }
}

extension AppendError {
    /// Whether the error is about the events, and not about the log.
    var isAboutEvents: Bool { [.invalidEvent, .tooLarge, .conflict, .idConflict].contains(code) }
}
