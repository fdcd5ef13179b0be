import EventLog

/// Writes events as lines of a format.
struct EventLineWriter {
    let format: EventFormat
    private var writer: EventJSONWriter

    init(_ format: EventFormat, of log: LogID) {
        self.format = format
        writer =
            switch format {
            case .jsonl: EventJSONWriter()
            case .cloudevents: EventJSONWriter(.cloudEvent(log: log))
            }
    }

    /// Adds the line of `view`, with its end.
    mutating func add(_ view: borrowing EventView, to output: Output) {
        output.add(room: writer.lineBound(view)) { start in writer.writeLine(view, to: start) }
    }

    /// The line of `view`, without its end.
    mutating func line(_ view: borrowing EventView) -> [UInt8] { writer.bytes(view) }
}
