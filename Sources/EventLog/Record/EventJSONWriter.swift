/// Writes events as JSON text, each on one line.
///
/// The usual form is ``Format/event``, which every interface shares. Data that is not JSON is base64 text there, followed
/// by `"encoding":"base64"`:
///
/// ```
/// {"offset":17,"time":"2026-01-02T03:04:05.678901Z","topic":"products","type":"product.created","id":null,"source":"http","data":{…}}
/// ```
///
/// A writer copies bytes and decodes nothing. Use one writer for a run of events: it keeps the text of the current second.
public struct EventJSONWriter {
    /// The JSON form of an event.
    public enum Format: Hashable, Sendable {
        /// An object with the fields of the event.
        case event
        /// CloudEvents 1.0, JSON event format.
        ///
        /// ```
        /// {"specversion":"1.0","id":"17","source":"bitacora:00000000000000ff","type":"product.created","subject":"products",
        ///  "time":"2026-01-02T03:04:05.678901Z","datacontenttype":"application/json","eventid":"a","eventsource":"http","data":{…}}
        /// ```
        ///
        /// - `source` and `id` together must be unique (CloudEvents 1.0 §3.1.1, `id` and `source`). An event has an own id
        ///   only if its producer gave one, and its own source may be any text, while `source` is a URI reference. So
        ///   `source` is the log and `id` the offset: the two are the position of the event. The offset is a string,
        ///   because an integer has 32 bits (§3, type system).
        /// - `subject` is the topic: "the subject of the event in the context of the producer" (§3.1.2).
        /// - `eventid` and `eventsource` are the id and source of the event, as extension attributes: lower-case letters
        ///   and digits (§3, naming). They are left out when the event has none, because null means "absent" there.
        /// - Data that is not JSON is `data_base64` (JSON format §3.1), of the type `application/octet-stream`.
        ///
        /// Every field of the event is in one of these attributes, so an import gives the same event again.
        ///
        /// - Parameter log: the log that the events belong to.
        case cloudEvent(log: LogID)
    }

    /// The text before the id of a log in the `source` of a cloud event.
    public static let cloudEventSource = "bitacora:"
    /// The largest number of bytes that a cloud event has beyond ``Format/event``.
    private static let envelopeBytes = 224
    /// The largest number of bytes of the last argument, the position, with its quotes and comma.
    private static let positionBytes = 64
    /// The argument that stands for data that is not JSON: a reference to the first attachment of the message.
    private static let placeholder: StaticString = #"{"_placeholder":true,"num":0}"#

    /// The form that ``write(_:to:)`` writes.
    public let format: Format
    /// The 16 digits of the log's id; empty for `Format.event`.
    private let logID: [UInt8]
    private var second = Int64.min
    private var secondText: (UInt64, UInt64, UInt64) = (0, 0, 0)

    /// Makes a writer of one form.
    public init(_ format: Format = .event) {
        self.format = format
        switch format {
        case .event: logID = []
        case .cloudEvent(let log): logID = Array(log.description.utf8)
        }
    }

    /// Returns the largest number of bytes that ``write(_:to:)`` can write for an event.
    public func bound(_ view: borrowing EventView) -> Int {
        switch format {
        case .event: eventBound(view)
        case .cloudEvent: eventBound(view) + Self.envelopeBytes
        }
    }

    /// Writes an event.
    ///
    /// - Parameters:
    ///   - view: the event.
    ///   - start: the address of at least `bound(view)` bytes.
    /// - Returns: the number of bytes written.
    public mutating func write(_ view: borrowing EventView, to start: UnsafeMutableRawPointer) -> Int {
        var output = JSONOutputCursor(pointer: start)
        switch format {
        case .event: writeEvent(view, to: &output)
        case .cloudEvent: writeCloudEvent(view, to: &output)
        }
        return output.pointer - start
    }

    /// Returns the largest number of bytes that ``writeLine(_:to:)`` can write for an event.
    public func lineBound(_ view: borrowing EventView) -> Int { bound(view) + 1 }

    /// Writes an event and a line feed.
    ///
    /// - Parameters:
    ///   - view: the event.
    ///   - start: the address of at least `lineBound(view)` bytes.
    /// - Returns: the number of bytes written.
    public mutating func writeLine(_ view: borrowing EventView, to start: UnsafeMutableRawPointer) -> Int {
        let count = write(view, to: start)
        start.storeBytes(of: UInt8(ascii: "\n"), toByteOffset: count, as: UInt8.self)
        return count + 1
    }

    /// Returns the bytes that ``write(_:to:)`` writes for an event.
    public mutating func bytes(_ view: borrowing EventView) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: bound(view)) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            count = write(view, to: UnsafeMutableRawPointer(start))
        }
    }

    /// Returns the largest number of bytes that ``writeArguments(_:position:to:)`` can write for an event.
    public func argumentsBound(_ view: borrowing EventView) -> Int { eventBound(view) + Self.positionBytes }

    /// Writes an event as the arguments of a Socket.IO message that is named for the event's type.
    ///
    /// The form is `"product.created",{…},{"offset":17,"time":"…","topic":"products","id":null,"source":"http"}`.
    /// Data that is not JSON is not written: a placeholder for a binary attachment stands in its place
    /// (socket.io-protocol v5, "Binary event").
    ///
    /// - Parameters:
    ///   - view: the event.
    ///   - logID: the 16 digits of the log's id; when there are any, the event's position follows as one more argument:
    ///     `,"00000000000000ff:17"`.
    ///   - start: the address of at least `argumentsBound(view)` bytes.
    /// - Returns: the number of bytes written.
    public mutating func writeArguments(
        _ view: borrowing EventView, position logID: UnsafeRawBufferPointer, to start: UnsafeMutableRawPointer
    ) -> Int {
        var output = JSONOutputCursor(pointer: start)
        output.string(view.type)
        output.literal(",")
        if view.isJSON {
            output.copy(view.data)
        } else {
            output.literal(Self.placeholder)
        }
        output.literal(",")
        writeOpening(view, to: &output)
        writeOrigin(view, to: &output)
        output.literal("}")
        if !logID.isEmpty {
            output.literal(",\"")
            output.copy(logID)
            output.literal(":")
            output.integer(view.offset.rawValue)
            output.literal("\"")
        }
        return output.pointer - start
    }

    private func eventBound(_ view: borrowing EventView) -> Int {
        let names = view.topic.byteCount + view.type.byteCount + view.id.byteCount + view.source.byteCount
        return 160 + names * 6 + (view.isJSON ? view.data.byteCount : view.data.byteCount * 4 / 3 + 4)
    }

    private mutating func writeEvent(_ view: borrowing EventView, to output: inout JSONOutputCursor) {
        writeOpening(view, to: &output)
        output.literal(#","type":"#)
        output.string(view.type)
        writeOrigin(view, to: &output)
        if view.isJSON {
            output.literal(#","data":"#)
            output.copy(view.data)
            output.literal("}")
        } else {
            output.literal(#","data":""#)
            output.base64(view.data)
            output.literal(#"","encoding":"base64"}"#)
        }
    }

    private mutating func writeCloudEvent(_ view: borrowing EventView, to output: inout JSONOutputCursor) {
        output.literal(#"{"specversion":"1.0","id":""#)
        output.integer(view.offset.rawValue)
        output.literal(#"","source":"bitacora:"#)
        logID.withUnsafeBytes { output.copy($0) }
        output.literal(#"","type":"#)
        output.string(view.type)
        output.literal(#","subject":"#)
        output.string(view.topic)
        output.literal(#","time":""#)
        writeTime(view.time, to: &output)
        output.literal(#"","datacontenttype":"#)
        output.literal(view.isJSON ? #""application/json""# : #""application/octet-stream""#)
        if view.id.byteCount > 0 {
            output.literal(#","eventid":"#)
            output.string(view.id)
        }
        if view.source.byteCount > 0 {
            output.literal(#","eventsource":"#)
            output.string(view.source)
        }
        if view.isJSON {
            output.literal(#","data":"#)
            output.copy(view.data)
            output.literal("}")
        } else {
            output.literal(#","data_base64":""#)
            output.base64(view.data)
            output.literal("\"}")
        }
    }

    /// Writes `{"offset":17,"time":"…","topic":"products"`, the beginning of an event and of the last argument.
    private mutating func writeOpening(_ view: borrowing EventView, to output: inout JSONOutputCursor) {
        output.literal(#"{"offset":"#)
        output.integer(view.offset.rawValue)
        output.literal(#","time":""#)
        writeTime(view.time, to: &output)
        output.literal(#"","topic":"#)
        output.string(view.topic)
    }

    /// Writes `,"id":null,"source":"http"`.
    private func writeOrigin(_ view: borrowing EventView, to output: inout JSONOutputCursor) {
        output.literal(#","id":"#)
        output.stringOrNull(view.id)
        output.literal(#","source":"#)
        output.stringOrNull(view.source)
    }

    private mutating func writeTime(_ time: Timestamp, to output: inout JSONOutputCursor) {
        let current = time.wholeSeconds
        if current == second {
            withUnsafeBytes(of: secondText) { output.pointer.copyMemory(from: $0.baseAddress!, byteCount: 19) }
            time.writeFraction(to: output.pointer)
        } else {
            time.write(to: output.pointer)
            withUnsafeMutableBytes(of: &secondText) { $0.baseAddress!.copyMemory(from: output.pointer, byteCount: 19) }
            second = current
        }
        output.pointer += 27
    }
}

extension EventView {
    /// The event as JSON text in UTF-8, in the form ``EventJSONWriter/Format/event``.
    public var json: [UInt8] {
        var writer = EventJSONWriter()
        return writer.bytes(self)
    }
}
