import NIOCore

extension EncodedArguments {
    /// What came, as it came.
    init(_ arguments: Arguments) {
        var items = ByteBuffer()
        for position in 0..<arguments.count {
            if position > 0 { items.writeInteger(UInt8(ascii: ",")) }
            if let json = arguments.json(at: position) { items.writeImmutableBuffer(json) }
        }
        self.init(items: items, attachments: arguments.attachments)
    }
}

extension Arguments {
    /// Arguments of one's own, to emit or to answer with: `Arguments(1, "two", [3])`.
    ///
    /// - Throws: `.notEncodable` or `.tooManyAttachments`, for the first value that cannot be written.
    public init<each Value: Encodable>(_ values: repeat each Value) throws(ArgumentError) {
        let encoded = try EncodedArguments(repeat each values)
        var array = ByteBuffer(string: "[")
        array.writeImmutableBuffer(encoded.items)
        array.writeString("]")
        self.init(array, attachments: encoded.attachments, skippingName: false)
    }
}
