/// Writes events as the one JSON form that every interface shares.
///
/// `{"offset":17,"time":"2026-01-02T03:04:05.678901Z","topic":"products",
/// "type":"product.created","id":null,"source":"http","data":{…}}`, on one
/// line. Data that is not JSON is base64 text, followed by `"encoding":"base64"`.
///
/// Copies bytes and decodes nothing. Keep one per run of events: it remembers
/// the text of the current second.
public struct EventJSONWriter {
    private var second = Int64.min
    private var secondText: (UInt64, UInt64, UInt64) = (0, 0, 0)

    public init() {}

    /// How many bytes `write` takes at the most.
    public func bound(_ view: borrowing EventView) -> Int {
        let names = view.topic.byteCount + view.type.byteCount + view.id.byteCount + view.source.byteCount
        return 160 + names * 6 + (view.isJSON ? view.data.byteCount : view.data.byteCount * 4 / 3 + 4)
    }

    /// Writes `view` at `start`, which has room for `bound(view)` bytes, and returns the count.
    public mutating func write(_ view: borrowing EventView, to start: UnsafeMutableRawPointer) -> Int {
        var output = JSONPointer(place: start)
        output.literal(#"{"offset":"#)
        output.integer(view.offset.rawValue)
        output.literal(#","time":""#)
        writeTime(view.time, to: &output)
        output.literal(#"","topic":"#)
        view.topic.withUnsafeBytes { output.string($0) }
        output.literal(#","type":"#)
        view.type.withUnsafeBytes { output.string($0) }
        output.literal(#","id":"#)
        view.id.withUnsafeBytes { output.stringOrNull($0) }
        output.literal(#","source":"#)
        view.source.withUnsafeBytes { output.stringOrNull($0) }
        output.literal(#","data":"#)
        if view.isJSON {
            view.data.withUnsafeBytes { output.copy($0) }
            output.literal("}")
        } else {
            output.literal("\"")
            view.data.withUnsafeBytes { output.base64($0) }
            output.literal(#"","encoding":"base64"}"#)
        }
        return output.place - start
    }

    mutating func writeTime(_ time: Timestamp, to output: inout JSONPointer) {
        let current = time.wholeSeconds
        if current == second {
            withUnsafeBytes(of: secondText) { output.place.copyMemory(from: $0.baseAddress!, byteCount: 19) }
            time.writeFraction(to: output.place)
        } else {
            time.write(to: output.place)
            withUnsafeMutableBytes(of: &secondText) { $0.baseAddress!.copyMemory(from: output.place, byteCount: 19) }
            second = current
        }
        output.place += 27
    }
}

extension EventView {
    /// The event as JSON text, in bytes.
    public var json: [UInt8] {
        var writer = EventJSONWriter()
        return [UInt8](unsafeUninitializedCapacity: writer.bound(self)) { buffer, count in
            count = writer.write(self, to: UnsafeMutableRawPointer(buffer.baseAddress!))
        }
    }
}
