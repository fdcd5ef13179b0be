import EventLog

/// Writes events as lines of a format.
struct EventLineWriter {
    let format: EventFormat
    private let logID: [UInt8]
    private var writer = EventJSONWriter()

    init(_ format: EventFormat, of log: LogID) {
        self.format = format
        logID = Array(log.description.utf8)
    }

    /// Adds the line of `view`, with its end.
    mutating func add(_ view: borrowing EventView, to output: Output) {
        let room = 1 + (format == .jsonl ? writer.bound(view) : writer.cloudEventBound(view))
        output.add(room: room) { place in
            let count = write(view, to: place)
            place.storeBytes(of: UInt8(ascii: "\n"), toByteOffset: count, as: UInt8.self)
            return count + 1
        }
    }

    /// The line of `view`, without its end.
    mutating func line(_ view: borrowing EventView) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: writer.cloudEventBound(view)) { buffer, count in
            guard let place = buffer.baseAddress else { return }
            count = write(view, to: UnsafeMutableRawPointer(place))
        }
    }

    private mutating func write(_ view: borrowing EventView, to place: UnsafeMutableRawPointer) -> Int {
        switch format {
        case .jsonl: writer.write(view, to: place)
        case .cloudevents: logID.withUnsafeBytes { writer.writeCloudEvent(view, of: $0, to: place) }
        }
    }
}
