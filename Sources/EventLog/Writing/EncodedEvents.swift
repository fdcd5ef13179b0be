internal import JSON

/// The records of one append, checked and encoded on the producer's thread, so that the writer thread only copies them
/// and adds times and digests.
struct EncodedEvents: Sendable {
    /// The records one after the other, without digest, and without time unless the event has a time of its own.
    private let bytes: [UInt8]
    /// Where each record ends.
    private let ends: [Int]
    /// The parsed data of each event, as far as their producer has them; empty when it has none.
    private let parsed: [JSONValue?]
    /// The offsets that the topics of some events must have.
    let expectations: [(index: Int, offset: Offset)]
    /// Whether any of the events has an id.
    let haveIDs: Bool
    /// The latest time that an event has of its own.
    let latest: Timestamp?

    static let none = EncodedEvents()

    private init() {
        bytes = []
        ends = []
        parsed = []
        expectations = []
        haveIDs = false
        latest = nil
    }

    /// - Throws: as `EventLimits.checkSizes(_:)` and `EventLimits.checkNames(_:)`.
    init(_ events: [NewEvent], _ limits: EventLimits) throws(AppendError) {
        let size = try limits.checkSizes(events)
        var ends: [Int] = []
        ends.reserveCapacity(events.count)
        bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let output = UnsafeMutableRawBufferPointer(buffer)
            for index in events.indices {
                count = RecordLayout.write(events, index, to: output, at: count)
                ends.append(count)
            }
        }
        self.ends = ends
        parsed = events.contains { $0.parsed != nil } ? events.map { $0.parsed?.value } : []
        var expectations: [(index: Int, offset: Offset)] = []
        var haveIDs = false
        var latest: Timestamp?
        for index in events.indices {
            if let offset = events[index].expectedOffset { expectations.append((index, offset)) }
            if events[index].id != nil { haveIDs = true }
            if let time = events[index].time { latest = max(latest ?? time, time) }
        }
        self.expectations = expectations
        self.haveIDs = haveIDs
        self.latest = latest
        try checkNames()
    }

    private func checkNames() throws(AppendError) {
        for index in ends.indices {
            guard let view = EventView(self[index], at: .start) else {
                preconditionFailure("a written record is a record")
            }
            do throws(AppendError) {
                try EventLimits.checkNames(view)
            } catch {
                throw error.at(index, of: count)
            }
        }
    }

    var count: Int { ends.count }

    /// The size of the records.
    var byteCount: Int { bytes.count }

    /// The record at `index`; its digest is not set.
    subscript(index: Int) -> RawSpan {
        @_lifetime(borrow self) get { bytes.span.bytes.extracting((index == 0 ? 0 : ends[index - 1])..<ends[index]) }
    }
}

extension EncodedEvents {
    /// The parsed data of the event at `index`; nil when its producer did not have them.
    func parsedData(at index: Int) -> JSONValue? { parsed.isEmpty ? nil : parsed[index] }
}

/// Events that are checked and encoded for an append, on the thread that makes this value.
///
/// A producer of many events can prepare the next batch while the writer commits the last one.
package struct PreparedEvents: Sendable {
    let encoded: EncodedEvents

    /// - Parameter events: 1 … `EventLimits.batch`.
    /// - Throws: `.invalidEvent` or `.tooLarge`, naming the field and the bound.
    package init(_ events: [NewEvent], _ limits: EventLimits) throws(AppendError) {
        guard !events.isEmpty else { throw AppendError(.invalidEvent, "there is no event to append") }
        encoded = try EncodedEvents(events, limits)
    }
}

extension EventLog {
    /// Appends prepared events, as `append(_:)` does.
    package func append(_ events: PreparedEvents) async throws(AppendError) -> Receipt {
        let encoded = events.encoded
        return try await submit(.append(id: nil) { _ in encoded }, bytes: encoded.byteCount)
    }
}
