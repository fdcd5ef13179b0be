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
