internal import Glibc

/// Text that is compared by its bytes, quickly when the first 15 bytes differ or there are no more.
struct OrderedText: Sendable {
    let prefix: Prefix
    /// All of a text with more than 15 bytes.
    private let long: LongText?

    /// The first 15 bytes, the first one most significant, and in the last byte their number; 16 for longer texts. So texts
    /// up to 15 bytes are in the order of these numbers, and a longer text is after those that it begins with.
    struct Prefix: Sendable, Hashable {
        let head: UInt64
        let tail: UInt64
    }

    fileprivate static let shortLength = 15

    private final class LongText: Sendable {
        let text: String
        init(_ text: String) { self.text = text }
    }

    init(_ text: String) {
        let prefix = text.utf8.span.bytes.withUnsafeBytes { Prefix($0) }
        (self.prefix, long) = (prefix, prefix.isWhole ? nil : LongText(text))
    }

    /// - Parameter bytes: text in UTF-8.
    init(_ bytes: UnsafeRawBufferPointer) {
        let prefix = Prefix(bytes)
        (self.prefix, long) = (prefix, prefix.isWhole ? nil : LongText(String(decoding: bytes, as: UTF8.self)))
    }

    /// A text without more than a prefix.
    init(words prefix: Prefix) { (self.prefix, long) = (prefix, nil) }

    var text: String { long?.text ?? prefix.text }
}

extension OrderedText.Prefix {
    init(_ bytes: UnsafeRawBufferPointer) {
        head = Self.word(bytes, 0)
        tail = Self.word(bytes, 8) & ~0xFF | UInt64(min(bytes.count, OrderedText.shortLength + 1))
    }

    /// Eight bytes from a position on, the first one most significant; 0 for those beyond the end.
    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> UInt64 {
        if start + 8 <= bytes.count {
            return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        }
        var (word, shift): (UInt64, UInt64) = (0, 56)
        for index in start..<max(start, bytes.count) {
            word |= UInt64(bytes[index]) << shift
            shift -= 8
        }
        return word
    }

    /// Whether the text has no more bytes.
    var isWhole: Bool { tail & 0xFF <= UInt64(OrderedText.shortLength) }

    fileprivate var text: String {
        let words = (head.bigEndian, tail.bigEndian)
        return withUnsafeBytes(of: words) { String(decoding: $0.prefix(Int(tail & 0xFF)), as: UTF8.self) }
    }

    /// Less than zero when this text precedes the other one, zero when they are the same or both are longer.
    @inline(__always)
    func compare(with other: Self) -> Int {
        if head != other.head { return head < other.head ? -1 : 1 }
        return tail == other.tail ? 0 : tail < other.tail ? -1 : 1
    }
}

extension OrderedText: Hashable, Comparable {
    @inline(__always)
    static func == (left: OrderedText, right: OrderedText) -> Bool { left.compare(with: right) == 0 }

    @inline(__always)
    static func < (left: OrderedText, right: OrderedText) -> Bool { left.compare(with: right) < 0 }

    /// Less than zero when the bytes of this text precede those of the other text, zero when they are the same.
    @inline(__always)
    func compare(with other: OrderedText) -> Int {
        let order = prefix.compare(with: other.prefix)
        return order != 0 || prefix.isWhole ? order : compareLong(with: other)
    }

    @inline(never)
    private func compareLong(with other: OrderedText) -> Int {
        guard let long, let otherLong = other.long else { return 0 }
        return long === otherLong ? 0 : long.text.compareBytes(with: otherLong.text)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(prefix)
        if let long { long.text.utf8.span.bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }
    }
}

extension String {
    /// Less than zero when the bytes of this text precede those of the other text, zero when they are the same.
    ///
    /// Swift compares strings by canonical equivalence, so that texts with different bytes may be equal.
    func compareBytes(with other: String) -> Int {
        utf8.span.bytes.withUnsafeBytes { mine in
            other.utf8.span.bytes.withUnsafeBytes { theirs in
                let common = min(mine.count, theirs.count)
                if common > 0 {
                    let order = memcmp(mine.baseAddress!, theirs.baseAddress!, common)
                    if order != 0 { return Int(order) }
                }
                return mine.count - theirs.count
            }
        }
    }
}
