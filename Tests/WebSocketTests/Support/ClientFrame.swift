import NIOCore
import Testing
import WebSocket

/// A frame as a client writes it, right or wrong in any of its fields.
struct ClientFrame: Sendable, CustomTestStringConvertible {
    var first: UInt8
    var payload: [UInt8] = []
    var key: [UInt8]? = [0x37, 0xFA, 0x21, 0x3D]
    /// The width of the length field, also when a shorter one is possible: 0, 2 or 8 bytes.
    var lengthBytes: Int?
    /// The length in the header, when it is not the payload's.
    var announced: UInt64?

    init(_ opcode: WebSocketOpcode, _ payload: [UInt8] = [], isFinal: Bool = true) {
        first = opcode.rawValue | (isFinal ? 0x80 : 0)
        self.payload = payload
    }

    init(_ opcode: WebSocketOpcode, _ text: String, isFinal: Bool = true) {
        self.init(opcode, Array(text.utf8), isFinal: isFinal)
    }

    init(first: UInt8, payload: [UInt8] = []) {
        self.first = first
        self.payload = payload
    }

    static func close(_ code: UInt16, _ reason: [UInt8] = []) -> Self {
        Self(.close, [UInt8(code >> 8), UInt8(code & 0xFF)] + reason)
    }

    func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }

    var bytes: [UInt8] {
        let length = announced ?? UInt64(payload.count)
        let width = lengthBytes ?? (length < 126 ? 0 : length < 65_536 ? 2 : 8)
        let masked: UInt8 = key == nil ? 0 : 0x80
        var bytes = [first, masked | (width == 0 ? UInt8(length) : width == 2 ? 126 : 127)]
        for place in (0..<width).reversed() { bytes.append(UInt8(truncatingIfNeeded: length >> UInt64(place * 8))) }
        bytes += key ?? []
        for (index, byte) in payload.enumerated() { bytes.append(byte ^ (key?[index % 4] ?? 0)) }
        return bytes
    }

    var testDescription: String { bytes.prefix(12).map { String($0, radix: 16) }.joined(separator: " ") }
}

extension WebSocketMessageDecoder {
    /// Decodes pieces and returns every event.
    mutating func events(of pieces: [[UInt8]]) -> [Event] {
        pieces.flatMap { piece in
            var input = ByteBuffer(bytes: piece)
            var events: [Event] = []
            while let event = next(&input) { events.append(event) }
            return events
        }
    }
}
