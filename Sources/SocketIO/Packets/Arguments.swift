package import NIOCore

/// The arguments of an event (without its name) or of an acknowledgement: JSON and binary attachments.
///
/// Values are decoded when you ask for them. JSON `null` and a missing argument decode as nil of an optional type.
/// `Data` is decoded from attachments only, and `Date` from ISO 8601 in UTC, as JavaScript writes it.
public struct Arguments: Sendable {
    /// The text of a JSON array, validated and without insignificant whitespace.
    private let array: ByteBuffer
    /// The binary values, in the order of their placeholders' numbers.
    package let attachments: [ByteBuffer]
    private let starts: ArraySlice<UInt32>

    /// - Parameters:
    ///   - array: the text of a JSON array, as in a `SocketPacket`.
    ///   - attachments: the attachments for the placeholders in it.
    ///   - skippingName: whether the first item is an event's name, not an argument.
    package init(_ array: ByteBuffer, attachments: [ByteBuffer], skippingName: Bool) {
        self.array = array
        self.attachments = attachments
        starts = array.withUnsafeReadableBytes { JSONItems.starts(in: $0) }.dropFirst(skippingName ? 1 : 0)
    }

    /// The approximate memory that the arguments take.
    var byteCount: Int {
        array.readableBytes + starts.count * MemoryLayout<UInt32>.stride
            + attachments.reduce(0) { $0 + $1.readableBytes }
    }

    /// The number of arguments.
    public var count: Int { starts.count }

    /// The JSON text of an argument, with placeholders for attachments; nil after the last argument.
    package func json(at position: Int) -> ByteBuffer? {
        guard position >= 0, position < starts.count else { return nil }
        let index = starts.startIndex + position
        let start = Int(starts[index])
        let end = index + 1 < starts.endIndex ? Int(starts[index + 1]) : array.readableBytes
        return array.getSlice(at: array.readerIndex + start, length: end - 1 - start)
    }

    /// Decodes one argument.
    ///
    /// - Parameters:
    ///   - type: the type of the argument.
    ///   - position: the argument's position, counted from 0.
    /// - Throws: ``ArgumentError`` with the code `missing` when the argument was not sent and the type is not optional,
    ///   or `mismatch` when it cannot be decoded as the type.
    public func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, at position: Int
    ) throws(ArgumentError) -> Value {
        guard let json = json(at: position) else {
            if let absent = (type as? any OptionalArgument.Type)?.absent as? Value { return absent }
            throw ArgumentError(.missing, at: position, "it is missing; \(count) came")
        }
        return try ArgumentDecoder.decode(type, from: json, attachments: attachments, position: position)
    }

    /// Decodes one argument for each of the types, in their order. Further arguments are ignored.
    ///
    /// - Throws: ``ArgumentError``, like ``decode(_:at:)``, for the first argument that cannot be decoded.
    public func decode<each Value: Decodable>(
        as types: (repeat (each Value).Type)
    ) throws(ArgumentError) -> (repeat each Value) {
        var position = -1
        func next<Next: Decodable>(_ type: Next.Type) throws(ArgumentError) -> Next {
            position += 1
            return try decode(type, at: position)
        }
        return (repeat try next(each types))
    }
}

/// A type with a value for a missing argument.
private protocol OptionalArgument {
    static var absent: Self { get }
}

extension Optional: OptionalArgument {
    fileprivate static var absent: Self { nil }
}

/// The reason why an argument of an event or an acknowledgement could not be decoded or encoded.
public struct ArgumentError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of an error. A struct, because later versions may add kinds.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the code, such as `missing`.
        public let description: String

        /// There are fewer arguments than the handler has parameters.
        public static let missing = Code(description: "missing")
        /// An argument cannot be decoded as the type of the parameter.
        public static let mismatch = Code(description: "mismatch")
        /// A value cannot be encoded as JSON.
        public static let notEncodable = Code(description: "notEncodable")
        /// The arguments contain more binary values than a packet may have attachments.
        public static let tooManyAttachments = Code(description: "tooManyAttachments")
    }

    /// The kind of the error.
    public let code: Code
    /// The argument's position, counted from 0, without the event's name.
    public let position: Int
    /// What is wrong, in words.
    public let message: String

    /// Creates an error for the argument at a position.
    ///
    /// - Parameters:
    ///   - code: the kind of the error.
    ///   - position: the argument's position, counted from 0.
    ///   - message: what is wrong, in words.
    public init(_ code: Code, at position: Int, _ message: String) {
        self.code = code
        self.position = position
        self.message = message
    }

    /// The argument's position (counted from 1), the message and the code.
    public var description: String { "argument \(position + 1): \(message) (\(code))" }
}
