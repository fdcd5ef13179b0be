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

/// The other JSON form of an event: the arguments of a message named for its type.
extension EventJSONWriter {
    /// How data that is not JSON lies among the arguments: beside the text, as its first attachment.
    private static let placeholder: StaticString = #"{"_placeholder":true,"num":0}"#
    /// The trailing position with its quotes and comma.
    private static let positionBytes = 64

    /// How many bytes `writeArguments` takes at the most.
    public func argumentsBound(_ view: borrowing EventView) -> Int { bound(view) + Self.positionBytes }

    /// Writes `"product.created",{…},{"offset":17,"time":"…","topic":"products","id":null,"source":"http"}`
    /// at `start`, which has room for `argumentsBound(view)` bytes, and returns the count.
    ///
    /// Data that is not JSON is not written: a placeholder for a binary attachment stands in its place,
    /// as Socket.IO has it (socket.io-protocol v5, "Binary event").
    ///
    /// - Parameter logID: the 16 digits of the log's id; when there are any, the event's position follows as
    ///   one more argument: `,"00000000000000ff:17"`.
    public mutating func writeArguments(
        _ view: borrowing EventView, position logID: UnsafeRawBufferPointer, to start: UnsafeMutableRawPointer
    ) -> Int {
        var output = JSONPointer(place: start)
        view.type.withUnsafeBytes { output.string($0) }
        output.literal(",")
        if view.isJSON {
            view.data.withUnsafeBytes { output.copy($0) }
        } else {
            output.literal(Self.placeholder)
        }
        output.literal(#",{"offset":"#)
        output.integer(view.offset.rawValue)
        output.literal(#","time":""#)
        writeTime(view.time, to: &output)
        output.literal(#"","topic":"#)
        view.topic.withUnsafeBytes { output.string($0) }
        output.literal(#","id":"#)
        view.id.withUnsafeBytes { output.stringOrNull($0) }
        output.literal(#","source":"#)
        view.source.withUnsafeBytes { output.stringOrNull($0) }
        output.literal("}")
        if !logID.isEmpty {
            output.literal(",\"")
            output.copy(logID)
            output.literal(":")
            output.integer(view.offset.rawValue)
            output.literal("\"")
        }
        return output.place - start
    }
}
