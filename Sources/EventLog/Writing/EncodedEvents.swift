/// The records of one append, checked and laid out on the producer's thread,
/// so that the writer only copies them, dates them and chains them.
struct EncodedEvents: Sendable {
    /// The records one after the other, without digest and time.
    private let bytes: [UInt8]
    /// Where each record ends.
    private let ends: [Int]
    /// What some of the events expect of their topics.
    let expectations: [(index: Int, offset: Offset)]
    /// Whether any of them has an id.
    let haveIDs: Bool

    static let none = EncodedEvents()

    private init() {
        bytes = []
        ends = []
        expectations = []
        haveIDs = false
    }

    /// - Throws: as `EventLimits.check(_:)`.
    init(_ events: [NewEvent], _ limits: EventLimits) throws(AppendError) {
        let size = try limits.check(events)
        var ends: [Int] = []
        ends.reserveCapacity(events.count)
        var expectations: [(index: Int, offset: Offset)] = []
        var haveIDs = false
        bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let output = UnsafeMutableRawBufferPointer(buffer)
            let span = events.span
            for index in span.indices {
                count = RecordLayout.write(span[index], to: output, at: count)
                ends.append(count)
                if span[index].id != nil { haveIDs = true }
                if let offset = span[index].expectedOffset { expectations.append((index, offset)) }
            }
        }
        self.ends = ends
        self.expectations = expectations
        self.haveIDs = haveIDs
    }

    var count: Int { ends.count }

    /// What the records take.
    var byteCount: Int { bytes.count }

    /// The record at `index`; its digest and time are not set.
    subscript(index: Int) -> RawSpan {
        @_lifetime(borrow self) get { bytes.span.bytes.extracting((index == 0 ? 0 : ends[index - 1])..<ends[index]) }
    }
}
