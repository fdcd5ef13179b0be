import Glibc

/// Counts the text frames of a server's WebSocket bytes, and optionally checks
/// that each event's offset is the one after the last.
struct FrameCounter {
    /// Where an event has its offset.
    enum OffsetPlace: CaseIterable {
        /// `{"offset":17,…`
        case front
        /// `42["bench.event",…:17"]`
        case back
    }

    /// Frames whose last byte has come, without pings.
    private(set) var frames = 0
    /// Frames of one byte: the heartbeat of Engine.IO, which a client answers.
    private(set) var pings = 0
    /// Whether an event was missing, doubled or out of order.
    private(set) var isOutOfOrder = false
    private let checked: OffsetPlace?
    private var lastOffset: UInt64?
    /// Payload bytes still to come of the current frame.
    private var remaining = 0
    /// The beginning of a frame that was cut before enough of it could be read.
    private var partial: [UInt8] = []
    /// How many bytes of that frame are enough.
    private var wanted = 0
    private static let maximumHeader = 10
    /// More than a header and the digits of an offset at the front take.
    private static let headBytes = 48

    init(checking place: OffsetPlace?) { checked = place }

    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        guard !partial.isEmpty else { return walk(bytes) }
        // Enough to go on; the rest is walked where it lies.
        let borrowed = min(bytes.count, wanted - partial.count)
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
            guard let (header, payload) = Self.header(bytes, place) else {
                return keep(bytes, place, wanting: Self.maximumHeader)
            }
            let enough = enough(header, payload)
            guard place + enough <= bytes.count else { return keep(bytes, place, wanting: enough) }
            let end = place + header + payload
            if payload == 1 {
                pings += 1
                place = end
                continue
            }
            if checked != nil { check(bytes, place + header, end) }
            guard end <= bytes.count else {
                remaining = end - bytes.count
                return
            }
            frames += 1
            place = end
        }
    }

    /// How much of a frame must lie together to be dealt with.
    private func enough(_ header: Int, _ payload: Int) -> Int {
        switch checked {
        case _ where payload == 1: header + payload
        case nil: header
        case .front: min(header + payload, Self.headBytes)
        case .back: header + payload
        }
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer, _ place: Int, wanting count: Int) {
        partial = Array(bytes[place...])
        wanted = count
    }

    /// The sizes of the header and the payload of the frame at `place`; nil until the header has come.
    static func header(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> (size: Int, payload: Int)? {
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

    private mutating func check(_ bytes: UnsafeRawBufferPointer, _ payload: Int, _ end: Int) {
        let offset =
            checked == .front ? Self.offset(inFrontOf: bytes, payload) : Self.offset(atBackOf: bytes, payload..<end)
        guard let offset else { return }
        if let lastOffset, offset != lastOffset &+ 1 { isOutOfOrder = true }
        lastOffset = offset
    }

    /// The digits behind `{"offset":`; control messages have none.
    private static func offset(inFrontOf bytes: UnsafeRawBufferPointer, _ payload: Int) -> UInt64? {
        let prefix: StaticString = #"{"offset":"#
        guard payload + prefix.utf8CodeUnitCount < bytes.count, bytes[payload + 2] == UInt8(ascii: "o") else {
            return nil
        }
        var offset: UInt64 = 0
        var place = payload + prefix.utf8CodeUnitCount
        while place < bytes.count, let digit = digit(bytes[place]) {
            offset = offset &* 10 &+ digit
            place += 1
        }
        return offset
    }

    /// The digits between `:` and `"]`, or 0; only the events of benchmarks are looked at, not `replayed`.
    private static func offset(atBackOf bytes: UnsafeRawBufferPointer, _ payload: Range<Int>) -> UInt64? {
        let prefix: StaticString = #"42["bench."#
        guard let start = bytes.baseAddress, payload.count > prefix.utf8CodeUnitCount,
            memcmp(start + payload.lowerBound, prefix.utf8Start, prefix.utf8CodeUnitCount) == 0
        else { return nil }
        var (offset, weight): (UInt64, UInt64) = (0, 1)
        var place = payload.upperBound - 3
        while place > payload.lowerBound, let digit = digit(bytes[place]) {
            offset = offset &+ digit &* weight
            weight = weight &* 10
            place -= 1
        }
        let isPosition = bytes[place] == UInt8(ascii: ":") && bytes[payload.upperBound - 2] == UInt8(ascii: "\"")
        return isPosition ? offset : 0
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? UInt64(byte - UInt8(ascii: "0")) : nil
    }
}
