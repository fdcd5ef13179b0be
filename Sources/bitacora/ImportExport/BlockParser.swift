import EventLog

/// Parses a block of lines into events, on any thread.
struct BlockParser: Sendable {
    let format: EventFormat
    /// The topic of events without one; nil makes their lines bad.
    let otherTopic: String?
    /// Whether bad lines are skipped; otherwise the first bad line ends the import.
    let skipsBad: Bool
    /// Whether events keep the times in the file.
    let keepsTimes: Bool
    /// Whether events without an id get one that is made from their content.
    let makesIDs: Bool
    /// Which events the application of the log accepts; nil for all.
    let rules: EventRules?
    let limits: EventLimits
    /// The log that is imported into, in which events without an id are looked up; nil when the log is new or empty.
    let destination: EventLog?

    /// A line that cannot be imported.
    struct BadLine: Error {
        let number: Int
        let message: String
    }

    /// Lines that are written together or not at all.
    struct Batch: Sendable {
        /// The first and the last of its lines.
        let lines: ClosedRange<Int>
        var events: [NewEvent] = []
        /// The line of each event.
        var numbers: [Int] = []
        /// How many events the log already has without an id.
        var known = 0
        /// How many events have neither id nor offset, and got an id from the number of their line.
        var numbered = 0
        /// The skipped lines.
        var bad: [BadLine] = []
    }

    struct Block: Sendable {
        var batches: [Batch] = []
        /// All events of the batches for one append; nil when there are none, or when each batch needs an append of its own.
        var prepared: PreparedEvents?
        /// The bad line that ends the import after these batches, and the lines of its batch.
        var stop: (line: BadLine, batch: ClosedRange<Int>)?
        /// How many bytes of the file have been read with this block.
        let end: UInt64
    }

    func parse(_ lines: LineBlock) -> Block {
        var block = Block(end: lines.end)
        var start = 0
        let now = Timestamp.now()
        for end in lines.batchEnds {
            var batch = Batch(lines: lines.lines[start].number...lines.lines[end - 1].number)
            do throws(BadLine) {
                try lines.bytes.span.bytes.withUnsafeBytes { (bytes) throws(BadLine) in
                    for line in lines.lines[start..<end] { try add(line, of: bytes, to: &batch, now) }
                }
            } catch {
                block.stop = (error, batch.lines)
                break
            }
            block.batches.append(batch)
            start = end
        }
        prepare(&block)
        return block
    }

    private func add(
        _ line: LineBlock.Line, of bytes: UnsafeRawBufferPointer, to batch: inout Batch, _ now: Timestamp
    ) throws(BadLine) {
        do throws(LineError) {
            let parsed = try EventLine(
                UnsafeRawBufferPointer(rebasing: bytes[line.range]), format, otherTopic: otherTopic)
            guard let event = try event(parsed, at: line.number, now) else {
                batch.known += 1
                return
            }
            batch.events.append(event)
            batch.numbers.append(line.number)
            if makesIDs, parsed.event.id == nil, parsed.offset == nil { batch.numbered += 1 }
        } catch {
            try skip(BadLine(number: line.number, message: error.message), of: &batch)
        }
    }

    private func skip(_ line: BadLine, of batch: inout Batch) throws(BadLine) {
        guard skipsBad else { throw line }
        batch.bad.append(line)
    }

    /// The event to append for a line; nil when the log already has the event without an id.
    private func event(_ line: EventLine, at number: Int, _ now: Timestamp) throws(LineError) -> NewEvent? {
        var event = line.event
        if let problem = rules?.problem(of: event) { throw LineError(message: problem) }
        if let time = event.time, keepsTimes, let problem = EventLimits.problem(of: time, now: now) {
            throw LineError(message: problem.message)
        }
        if event.id == nil {
            let id = event.contentID(number: line.offset?.rawValue ?? UInt64(number))
            if let offset = line.offset, try has(id, at: offset) { return nil }
            if makesIDs { event.id = id }
        }
        if !keepsTimes { event.time = nil }
        return event
    }

    /// Whether the event at `offset` has no id, and would get `id`.
    private func has(_ id: String, at offset: Offset) throws(LineError) -> Bool {
        guard let destination, offset > .start else { return false }
        do throws(ReadError) {
            guard let event = try destination.event(at: offset), event.id == nil else { return false }
            let line = NewEvent(
                topic: event.topic, type: event.type, source: event.source, data: event.data, time: event.time)
            return line.contentID(number: offset.rawValue) == id
        } catch {
            throw LineError(message: "the event at offset \(offset) of the log cannot be read: \(error)")
        }
    }

    /// Prepares the events for one append, and finds the invalid ones.
    private func prepare(_ block: inout Block) {
        let events = block.batches.flatMap(\.events)
        guard !events.isEmpty else { return }
        block.prepared = try? PreparedEvents(events, limits)
        guard block.prepared == nil else { return }
        for index in block.batches.indices {
            do throws(BadLine) {
                try check(&block.batches[index])
            } catch {
                block.stop = (error, block.batches[index].lines)
                block.batches.removeSubrange(index...)
                break
            }
        }
        // Valid events may still be too many for one append; then each batch is appended on its own.
        block.prepared = try? PreparedEvents(block.batches.flatMap(\.events), limits)
    }

    private func check(_ batch: inout Batch) throws(BadLine) {
        var good = Batch(lines: batch.lines, known: batch.known, numbered: batch.numbered, bad: batch.bad)
        for (event, number) in zip(batch.events, batch.numbers) {
            do throws(AppendError) {
                _ = try PreparedEvents([event], limits)
                good.events.append(event)
                good.numbers.append(number)
            } catch {
                try skip(BadLine(number: number, message: error.message), of: &good)
            }
        }
        good.bad.sort { $0.number < $1.number }
        batch = good
    }
}
