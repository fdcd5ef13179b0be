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
