import FoundationEssentials
package import NIOCore
import Synchronization

/// Arguments to send: JSON, and the attachments for its placeholders.
package struct EncodedArguments: Sendable, Hashable {
    /// JSON values with commas between them.
    package let items: ByteBuffer
    /// The binary values, in the order of their placeholders' numbers.
    package let attachments: [ByteBuffer]

    /// - Parameters:
    ///   - items: JSON values with commas between them, without brackets; not checked.
    ///   - attachments: the attachments for the placeholders in them.
    package init(items: ByteBuffer, attachments: [ByteBuffer] = []) {
        self.items = items
        self.attachments = attachments
    }

    /// Encodes values as JSON, and each `Data` in them as an attachment.
    ///
    /// Attachments are numbered in the order in which they are encoded. Dates are written as JavaScript writes them.
    ///
    /// - Parameter maximumAttachments: the maximum number of attachments; stock clients accept ten.
    /// - Throws: `.notEncodable` or `.tooManyAttachments`, for the first argument that cannot be encoded.
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

extension EncodedArguments {
    /// The same arguments, not decoded.
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
    /// Creates arguments to emit or to acknowledge with: `Arguments(1, "two", [3])`.
    ///
    /// - Throws: ``ArgumentError`` with the code `notEncodable` or `tooManyAttachments`, for the first value that cannot be
    ///   encoded.
    public init<each Value: Encodable>(_ values: repeat each Value) throws(ArgumentError) {
        let encoded = try EncodedArguments(repeat each values)
        var array = ByteBuffer(string: "[")
        array.writeImmutableBuffer(encoded.items)
        array.writeString("]")
        self.init(array, attachments: encoded.attachments, skippingName: false)
    }
}

/// Encodes arguments one after the other.
struct ArgumentEncoder {
    private(set) var items = ByteBuffer()
    private var count = 0
    private let maximumAttachments: Int
    private var slowPath: SlowPath?

    private struct SlowPath {
        let encoder: JSONEncoder
        let collector: AttachmentCollector
    }

    init(maximumAttachments: Int) {
        self.maximumAttachments = maximumAttachments
    }

    var attachments: [ByteBuffer] { slowPath?.collector.attachments ?? [] }

    /// - Throws: `.notEncodable` or `.tooManyAttachments`.
    mutating func append<Value: Encodable>(_ value: Value) throws(ArgumentError) {
        if count > 0 { items.writeInteger(UInt8(ascii: ",")) }
        defer { count += 1 }
        switch value {
        case let text as String: items.writeJSONString(text)
        case let number as Int: items.writeDecimal(number)
        case let isTrue as Bool: items.writeString(isTrue ? "true" : "false")
        default: try appendSlowly(value)
        }
    }

    private mutating func appendSlowly(_ value: some Encodable) throws(ArgumentError) {
        let path = slowPath ?? makeSlowPath()
        slowPath = path
        do {
            items.writeBytes(try path.encoder.encode(value))
        } catch AttachmentCollector.Failure.full {
            throw ArgumentError(
                .tooManyAttachments, at: count, "an event or ack has at most \(maximumAttachments) binary values")
        } catch {
            throw ArgumentError(.notEncodable, at: count, "it cannot be encoded as JSON: \(error)")
        }
    }

    private func makeSlowPath() -> SlowPath {
        let collector = AttachmentCollector(maximum: maximumAttachments)
        let encoder = JSONEncoder()
        // Sorted, because otherwise the order of keys differs from one process to the next.
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        encoder.dataEncodingStrategy = .custom { data, encoder in
            let number = try collector.add(ByteBuffer(bytes: data))
            try AttachmentPlaceholder(isPlaceholder: true, number: number).encode(to: encoder)
        }
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(JavaScriptDate.text(date))
        }
        return SlowPath(encoder: encoder, collector: collector)
    }
}

/// Collects the binary values while arguments are encoded.
private final class AttachmentCollector: Sendable {
    enum Failure: Error { case full }

    private let maximum: Int
    private let taken = Mutex<[ByteBuffer]>([])

    init(maximum: Int) {
        self.maximum = maximum
    }

    var attachments: [ByteBuffer] { taken.withLock { $0 } }

    /// - Returns: the number of the attachment, counted from 0.
    func add(_ bytes: ByteBuffer) throws -> Int {
        try taken.withLock { taken in
            guard taken.count < maximum else { throw Failure.full }
            taken.append(bytes)
            return taken.count - 1
        }
    }
}
