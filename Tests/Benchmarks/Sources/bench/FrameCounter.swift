import Glibc

/// Counts the text frames in the bytes of a WebSocket, and optionally checks that the offsets of events are consecutive.
struct FrameCounter {
    /// Where the offset of an event stands.
    enum OffsetPosition: CaseIterable {
        /// `{"offset":17,…`
        case front
        /// `42["bench.event",…:17"]`
        case back
    }

    /// Complete frames, without pings.
    private(set) var frames = 0
    /// Frames of one byte: heartbeats of Engine.IO, which a client answers.
    private(set) var pings = 0
    /// Whether an event was missing, repeated or out of order.
    private(set) var isOutOfOrder = false
    private let checked: OffsetPosition?
    private var lastOffset: UInt64?
    /// Payload bytes of the current frame that have not arrived.
    private var remaining = 0
    /// The beginning of a frame of which too little has arrived.
    private var partial: [UInt8] = []
    /// How many bytes of the frame in `partial` are enough.
    private var wanted = 0
    private static let maximumHeader = 10
    /// More bytes than a header and the digits of an offset at the front need.
    private static let headBytes = 48

    /// - Parameter position: where the offset of an event stands; nil checks no offsets.
    init(checking position: OffsetPosition?) { checked = position }

    /// Counts the frames in the next bytes of the connection, which may be cut anywhere.
    mutating func receive(_ bytes: UnsafeRawBufferPointer) {
        guard !partial.isEmpty else { return parse(bytes) }
        // Copies only what completes the cut part; the rest is parsed in place.
        let borrowed = min(bytes.count, wanted - partial.count)
        let joined = partial + bytes[..<borrowed]
        partial = []
        joined.withUnsafeBytes { parse($0) }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[borrowed...])
        if partial.isEmpty { parse(rest) } else if !rest.isEmpty { receive(rest) }
    }

    private mutating func parse(_ bytes: UnsafeRawBufferPointer) {
        var position = min(remaining, bytes.count)
        remaining -= position
        if position > 0, remaining == 0 { frames += 1 }
        while position < bytes.count {
            guard let (header, payload) = Self.header(bytes, position) else {
                return keep(bytes, position, wanting: Self.maximumHeader)
            }
            let enough = enough(header, payload)
            guard position + enough <= bytes.count else { return keep(bytes, position, wanting: enough) }
            let end = position + header + payload
            if payload == 1 {
                pings += 1
                position = end
                continue
            }
            if checked != nil { check(bytes, position + header, end) }
            guard end <= bytes.count else {
                remaining = end - bytes.count
                return
            }
            frames += 1
            position = end
        }
    }

    /// How many bytes of a frame must be contiguous to be parsed.
    private func enough(_ header: Int, _ payload: Int) -> Int {
        switch checked {
        case _ where payload == 1: header + payload
        case nil: header
        case .front: min(header + payload, Self.headBytes)
        case .back: header + payload
        }
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer, _ position: Int, wanting count: Int) {
        partial = Array(bytes[position...])
        wanted = count
    }

    /// The sizes of the header and the payload of the frame at `position`; nil until the header is complete.
    static func header(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> (size: Int, payload: Int)? {
        guard position + 2 <= bytes.count else { return nil }
        let short = Int(bytes[position + 1] & 0x7F)
        if short < 126 { return (2, short) }
        if short == 126 {
            guard position + 4 <= bytes.count else { return nil }
            return (4, Int(bytes[position + 2]) << 8 | Int(bytes[position + 3]))
        }
        guard position + 10 <= bytes.count else { return nil }
        return (10, (2..<10).reduce(0) { $0 << 8 | Int(bytes[position + $1]) })
    }

    private mutating func check(_ bytes: UnsafeRawBufferPointer, _ payload: Int, _ end: Int) {
        let offset =
            checked == .front ? Self.offset(inFrontOf: bytes, payload) : Self.offset(atBackOf: bytes, payload..<end)
        guard let offset else { return }
        if let lastOffset, offset != lastOffset &+ 1 { isOutOfOrder = true }
        lastOffset = offset
    }

    /// The offset after `{"offset":`; nil for control messages.
    private static func offset(inFrontOf bytes: UnsafeRawBufferPointer, _ payload: Int) -> UInt64? {
        let prefix: StaticString = #"{"offset":"#
        guard payload + prefix.utf8CodeUnitCount < bytes.count, bytes[payload + 2] == UInt8(ascii: "o") else {
            return nil
        }
        var offset: UInt64 = 0
        var position = payload + prefix.utf8CodeUnitCount
        while position < bytes.count, let digit = digit(bytes[position]) {
            offset = offset &* 10 &+ digit
            position += 1
        }
        return offset
    }

    /// The offset between `:` and `"]`, or 0 without one; nil for frames that are no events of benchmarks, as `replayed`.
    private static func offset(atBackOf bytes: UnsafeRawBufferPointer, _ payload: Range<Int>) -> UInt64? {
        let prefix: StaticString = #"42["bench."#
        guard let start = bytes.baseAddress, payload.count > prefix.utf8CodeUnitCount,
            memcmp(start + payload.lowerBound, prefix.utf8Start, prefix.utf8CodeUnitCount) == 0
        else { return nil }
        var (offset, weight): (UInt64, UInt64) = (0, 1)
        var position = payload.upperBound - 3
        while position > payload.lowerBound, let digit = digit(bytes[position]) {
            offset = offset &+ digit &* weight
            weight = weight &* 10
            position -= 1
        }
        let isPosition = bytes[position] == UInt8(ascii: ":") && bytes[payload.upperBound - 2] == UInt8(ascii: "\"")
        return isPosition ? offset : 0
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? UInt64(byte - UInt8(ascii: "0")) : nil
    }
}
