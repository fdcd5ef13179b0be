/// What one packet may hold; anything beyond is a `PacketError`.
///
/// The size of a text and of each attachment is the transport's to bound, before it is read here.
package struct PacketLimits: Sendable, Hashable {
    /// Binary attachments of one event or ack. Stock clients refuse more than ten themselves.
    package var maximumAttachments = 10
    /// The bytes of an event or ack that has attachments: its text and all of these.
    package var maximumBytes = 4 << 20
    /// How deep a payload's arrays and objects may nest, 0…`JSONValue.deepestMaximumDepth`.
    package var maximumDepth = 64
    /// The length of a namespace in bytes of UTF-8, its slash included.
    package var maximumNamespaceBytes = 255
    /// The length of an event's name in bytes of UTF-8.
    package var maximumNameBytes = 255

    /// The limits that stock clients keep within.
    package init() {}
}
