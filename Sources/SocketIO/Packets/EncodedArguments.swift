package import NIOCore

/// Arguments as they go out: JSON and the attachments that its placeholders stand for.
package struct EncodedArguments: Sendable, Hashable {
    /// JSON values with commas between them.
    package let items: ByteBuffer
    /// The binary values, in the order of their placeholders' numbers.
    package let attachments: [ByteBuffer]

    /// - Parameters:
    ///   - items: JSON values with commas between them, without brackets; not checked.
    ///   - attachments: what the placeholders among them stand for.
    package init(items: ByteBuffer, attachments: [ByteBuffer] = []) {
        self.items = items
        self.attachments = attachments
    }

    /// Writes values as JSON, and each `Data` in them as an attachment.
    ///
    /// Attachments are numbered in the order in which they are met. Dates are written as
    /// JavaScript writes them.
    ///
    /// - Parameter maximumAttachments: how many there may be; stock clients take ten.
    /// - Throws: `.notEncodable` or `.tooManyAttachments`, for the first argument that cannot be
    ///   written.
    package init<each Value: Encodable>(
        _ values: repeat each Value, maximumAttachments: Int = PacketLimits().maximumAttachments
    ) throws(ArgumentError) {
        var encoder = ArgumentEncoder(maximumAttachments: maximumAttachments)
        repeat try encoder.append(each values)
        self.init(items: encoder.items, attachments: encoder.attachments)
    }

    /// No arguments.
    package static let none = EncodedArguments(items: ByteBuffer())
}
