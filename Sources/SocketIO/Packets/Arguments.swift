package import NIOCore

/// The arguments of an event, behind its name, or of an ack, as they came: JSON and attachments.
///
/// Values are read when they are asked for. JSON `null` reads as nil of an optional type, and so
/// does an argument that was not sent. Arguments beyond those that are asked for are ignored.
/// `Data` is read from attachments only; `Date` as JavaScript writes it, ISO 8601 in UTC.
public struct Arguments: Sendable {
    /// The text of a JSON array, checked and without insignificant whitespace.
    private let array: ByteBuffer
    /// The binary values, in the order of their placeholders' numbers.
    package let attachments: [ByteBuffer]
    private let starts: ArraySlice<UInt32>

    /// - Parameters:
    ///   - array: as it stands in a `SocketPacket`.
    ///   - skippingName: whether the first item is an event's name, not an argument.
    package init(_ array: ByteBuffer, attachments: [ByteBuffer], skippingName: Bool) {
        self.array = array
        self.attachments = attachments
        starts = array.withUnsafeReadableBytes { JSONItems.starts(in: $0) }.dropFirst(skippingName ? 1 : 0)
    }

    var byteCount: Int {
        array.readableBytes + starts.count * MemoryLayout<UInt32>.stride
            + attachments.reduce(0) { $0 + $1.readableBytes }
    }

    /// How many arguments came.
    public var count: Int { starts.count }

    /// The JSON text of an argument, with placeholders where attachments belong; nil beyond the last.
    package func json(at position: Int) -> ByteBuffer? {
        guard position >= 0, position < starts.count else { return nil }
        let index = starts.startIndex + position
        let start = Int(starts[index])
        let end = index + 1 < starts.endIndex ? Int(starts[index + 1]) : array.readableBytes
        return array.getSlice(at: array.readerIndex + start, length: end - 1 - start)
    }

    /// Reads one argument.
    ///
    /// - Parameter position: counted from 0.
    /// - Throws: `.missing` when it was not sent and the type is not optional; `.mismatch` when it
    ///   is not of the type.
    public func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, at position: Int
    ) throws(ArgumentError) -> Value {
        guard let json = json(at: position) else {
            if let absent = (type as? any OptionalArgument.Type)?.absent as? Value { return absent }
            throw ArgumentError(.missing, at: position, "it is missing; \(count) came")
        }
        return try ArgumentDecoder.decode(type, from: json, attachments: attachments, position: position)
    }

    /// Reads one argument for each of the types, in their order.
    ///
    /// - Throws: as `decode(_:at:)`, for the first argument that cannot be read.
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

/// Marks the types that stand for an argument which was not sent.
private protocol OptionalArgument {
    static var absent: Self { get }
}

extension Optional: OptionalArgument {
    fileprivate static var absent: Self { nil }
}

/// Why an event's or an ack's argument could not be read or written.
public struct ArgumentError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of errors; more may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the code, as it is written here.
        public let description: String

        /// Fewer arguments came than the handler takes.
        public static let missing = Code(description: "missing")
        /// An argument is not of the type that the handler takes.
        public static let mismatch = Code(description: "mismatch")
        /// A value cannot be written as JSON.
        public static let notEncodable = Code(description: "notEncodable")
        /// The arguments hold more binary values than one packet may have attachments.
        public static let tooManyAttachments = Code(description: "tooManyAttachments")
    }

    /// What kind of error it is.
    public let code: Code
    /// Which argument, counted from 0; an event's name is not one.
    public let position: Int
    /// What is wrong, in words.
    public let message: String

    /// An error of the argument at a position, with a message in words.
    public init(_ code: Code, at position: Int, _ message: String) {
        self.code = code
        self.position = position
        self.message = message
    }

    /// Which argument, here counted from 1, the message and the code.
    public var description: String { "argument \(position + 1): \(message) (\(code))" }
}
