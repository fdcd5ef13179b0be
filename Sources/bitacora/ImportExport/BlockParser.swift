import EventLog

/// Makes events of a block of lines, on any thread.
struct BlockParser: Sendable {
    let format: EventFormat
    /// The topic of events that have none; nil makes their lines bad.
    let otherTopic: String?
    /// Whether bad lines are skipped; otherwise the first one ends the import.
    let skipsBad: Bool
    /// Whether events keep the times of their lines.
    let keepsTimes: Bool
    /// Whether events without an id get one made from their content.
    let makesIDs: Bool
    let limits: EventLimits
    /// The log that the events go to, to find those that it has without an id; nil when it has none yet.
    let own: EventLog?

    /// A line that cannot be taken.
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
        /// How many the log has as its own, without an id.
        var known = 0
        /// How many got an id from the number of their line, having neither id nor offset.
        var numbered = 0
        /// The lines left out.
        var bad: [BadLine] = []
    }

    struct Block: Sendable {
        var batches: [Batch] = []
        /// All events of the batches, ready for one append; nil when they need to be taken batch by batch, or there are none.
        var prepared: PreparedEvents?
        /// What ends the import behind these batches.
        var stop: (line: BadLine, batch: ClosedRange<Int>)?
        /// How many bytes of the file are read with it.
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

    /// What to append for a line; nil when the log has it as its own.
    private func event(_ line: EventLine, at number: Int, _ now: Timestamp) throws(LineError) -> NewEvent? {
        var event = line.event
        if let time = event.time, keepsTimes, let problem = EventLimits.problem(of: time, now: now) {
            throw LineError(message: problem.message)
        }
        if event.id == nil {
            let id = event.contentID(place: line.offset?.rawValue ?? UInt64(number))
            if let offset = line.offset, try has(id, at: offset) { return nil }
            if makesIDs { event.id = id }
        }
        if !keepsTimes { event.time = nil }
        return event
    }

    /// Whether the event at `offset` has no id and would get this one.
    private func has(_ id: String, at offset: Offset) throws(LineError) -> Bool {
        guard let own, offset > .start else { return false }
        do throws(ReadError) {
            guard let event = try own.event(at: offset), event.id == nil else { return false }
            let line = NewEvent(
                topic: event.topic, type: event.type, source: event.source, data: event.data, time: event.time)
            return line.contentID(place: offset.rawValue) == id
        } catch {
            throw LineError(message: "the log cannot be searched for the event: \(error)")
        }
    }

    /// Lays the events out; when they break a rule, finds those that do.
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
        // Fine one by one, they may still be too much for one append; then each batch is one.
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
