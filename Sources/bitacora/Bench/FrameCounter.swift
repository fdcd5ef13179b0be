/// Counts the text frames of a server's WebSocket bytes, and optionally checks
/// that each event's offset is the one after the last.
struct FrameCounter {
    /// Frames whose last byte has come.
    private(set) var frames = 0
    /// Whether an event was missing, doubled or out of order.
    private(set) var isOutOfOrder = false
    private let checksOrder: Bool
    private var lastOffset: UInt64?
    /// Payload bytes still to come of the current frame.
    private var remaining = 0
    /// The beginning of a frame that was cut before its offset could be read.
    private var partial: [UInt8] = []
    /// More than a header and the digits of an offset take.
    private static let headBytes = 48

    init(checksOrder: Bool) { self.checksOrder = checksOrder }

    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        guard !partial.isEmpty else { return walk(bytes) }
        // Enough to read the head; the rest is walked where it lies.
        let borrowed = min(bytes.count, max(0, Self.headBytes - partial.count))
        let joined = partial + bytes[..<borrowed]
        partial = []
        joined.withUnsafeBytes { walk($0) }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[borrowed...])
        if partial.isEmpty { walk(rest) } else if !rest.isEmpty { take(rest) }
    }

    private mutating func walk(_ bytes: UnsafeRawBufferPointer) {
        var place = min(remaining, bytes.count)
        remaining -= place
        if place > 0, remaining == 0 { frames += 1 }
        while place < bytes.count {
            guard let (header, payload) = Self.header(bytes, place),
                !checksOrder || place + min(header + payload, Self.headBytes) <= bytes.count
            else {
                partial = Array(bytes[place...])
                return
            }
            if checksOrder { check(bytes, place + header) }
            let end = place + header + payload
            if end <= bytes.count {
                frames += 1
                place = end
            } else {
                remaining = end - bytes.count
                return
            }
        }
    }

    private static func header(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> (size: Int, payload: Int)? {
        guard place + 2 <= bytes.count else { return nil }
        let short = Int(bytes[place + 1] & 0x7F)
        if short < 126 { return (2, short) }
        if short == 126 {
            guard place + 4 <= bytes.count else { return nil }
            return (4, Int(bytes[place + 2]) << 8 | Int(bytes[place + 3]))
        }
        guard place + 10 <= bytes.count else { return nil }
        return (10, (2..<10).reduce(0) { $0 << 8 | Int(bytes[place + $1]) })
    }

    /// Reads the digits behind `{"offset":`; control messages have none.
    private mutating func check(_ bytes: UnsafeRawBufferPointer, _ payload: Int) {
        let prefix: StaticString = #"{"offset":"#
        guard payload + prefix.utf8CodeUnitCount < bytes.count, bytes[payload + 2] == UInt8(ascii: "o") else { return }
        var offset: UInt64 = 0
        var place = payload + prefix.utf8CodeUnitCount
        while place < bytes.count, bytes[place] >= UInt8(ascii: "0"), bytes[place] <= UInt8(ascii: "9") {
            offset = offset * 10 + UInt64(bytes[place] - UInt8(ascii: "0"))
            place += 1
        }
        if let lastOffset, offset != lastOffset + 1 { isOutOfOrder = true }
        lastOffset = offset
    }
}
