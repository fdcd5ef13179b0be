/// The form of an event that other event systems read: CloudEvents 1.0, JSON event format, on one line.
extension EventJSONWriter {
    /// What stands before a log's id in `source`.
    public static let cloudEventSource = "bitacora:"
    /// What a cloud event takes beyond the other form.
    private static let envelopeBytes = 224

    /// How many bytes `writeCloudEvent` takes at the most.
    public func cloudEventBound(_ view: borrowing EventView) -> Int { bound(view) + Self.envelopeBytes }

    /// Writes `view` as a cloud event at `start`, which has room for `cloudEventBound(view)` bytes, and returns the count.
    ///
    /// `{"specversion":"1.0","id":"17","source":"bitacora:00000000000000ff","type":"product.created","subject":"products",
    /// "time":"2026-01-02T03:04:05.678901Z","datacontenttype":"application/json","eventid":"a","eventsource":"http","data":{…}}`
    ///
    /// - `source` and `id` together must be unique (CloudEvents 1.0 §3.1.1, `id` and `source`). An event's own id is there
    ///   only if its producer gave one, and its own source may be any text, while `source` is a URI reference. So `source` is
    ///   the log and `id` the offset: the two are the event's position. A string, since an integer has 32 bits (§3, type system).
    /// - `subject` is the topic: "the subject of the event in the context of the producer" (§3.1.2).
    /// - `eventid` and `eventsource` are the event's own, as extension attributes: lower-case letters and digits (§3, naming);
    ///   absent when it has none, since null stands for nothing there.
    /// - Data that is not JSON is `data_base64` (JSON format §3.1), of the type `application/octet-stream`.
    ///
    /// Every field of the event is in one of these, so reading them gives the same event again.
    ///
    /// - Parameter logID: the 16 digits of the log's id.
    public mutating func writeCloudEvent(
        _ view: borrowing EventView, of logID: UnsafeRawBufferPointer, to start: UnsafeMutableRawPointer
    ) -> Int {
        var output = JSONPointer(place: start)
        output.literal(#"{"specversion":"1.0","id":""#)
        output.integer(view.offset.rawValue)
        output.literal(#"","source":"bitacora:"#)
        output.copy(logID)
        output.literal(#"","type":"#)
        view.type.withUnsafeBytes { output.string($0) }
        output.literal(#","subject":"#)
        view.topic.withUnsafeBytes { output.string($0) }
        output.literal(#","time":""#)
        writeTime(view.time, to: &output)
        output.literal(#"","datacontenttype":"#)
        output.literal(view.isJSON ? #""application/json""# : #""application/octet-stream""#)
        if view.id.byteCount > 0 {
            output.literal(#","eventid":"#)
            view.id.withUnsafeBytes { output.string($0) }
        }
        if view.source.byteCount > 0 {
            output.literal(#","eventsource":"#)
            view.source.withUnsafeBytes { output.string($0) }
        }
        if view.isJSON {
            output.literal(#","data":"#)
            view.data.withUnsafeBytes { output.copy($0) }
            output.literal("}")
        } else {
            output.literal(#","data_base64":""#)
            view.data.withUnsafeBytes { output.base64($0) }
            output.literal("\"}")
        }
        return output.place - start
    }
}
