package import EventLog

/// A text to search for in the data of events.
///
/// The text is found in the stored JSON text and in the same text with resolved escapes: `é` is found in `"caf\u00e9"`,
/// and `say "hi"` in `"say \"hi\""`. Data that is not JSON is searched as bytes. Letters are compared as encoded: an `é`
/// of one scalar does not match an `é` of two scalars.
package struct TextSearch: Sendable {
    private let search: ByteSearch
    /// Whether the search ignores case and the text has letters beyond ASCII, so that the data must be decoded.
    package let readsCharacters: Bool

    /// A search for a text.
    ///
    /// - Parameters:
    ///   - text: the text, not empty.
    ///   - ignoresCase: whether lower and upper case letters match.
    package init(_ text: String, ignoresCase: Bool = false) {
        precondition(!text.isEmpty, "the text to search for must not be empty")
        search = ByteSearch(Array((ignoresCase ? text.lowercased() : text).utf8), ignoresCase: ignoresCase)
        readsCharacters = ignoresCase && !text.utf8.allSatisfy { $0 < 0x80 }
    }

    /// Whether the data of an event contains the text.
    package func isInData(of view: borrowing EventView) -> Bool {
        let isJSON = view.isJSON
        return view.data.withUnsafeBytes { data in
            if isIn(data) { return true }
            guard isJSON, JSONEscapes.arePresent(in: data) else { return false }
            return JSONEscapes.resolved(data).withUnsafeBytes(isIn)
        }
    }

    /// Whether the bytes contain the text, without resolving escapes.
    package func isIn(_ bytes: UnsafeRawBufferPointer) -> Bool { firstIndex(in: bytes) != nil }

    /// The ranges in which a string has the text, in order and without overlaps.
    package func ranges(in text: String) -> [Range<String.Index>] {
        // Lower and upper case letters can have different numbers of bytes; indices of the one are then not indices of the
        // other.
        if readsCharacters, text.lowercased().utf8.count != text.utf8.count { return [] }
        let bytes = Array(text.utf8)
        var ranges: [Range<String.Index>] = []
        var start = 0
        while let index = bytes[start...].withUnsafeBytes(firstIndex) {
            let lower = text.utf8.index(text.startIndex, offsetBy: start + index)
            let upper = text.utf8.index(lower, offsetBy: search.count)
            ranges.append(lower..<upper)
            start += index + search.count
        }
        return ranges
    }

    private func firstIndex(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard readsCharacters else { return bytes.isEmpty ? nil : search.firstIndex(in: bytes) }
        return Array(String(decoding: bytes, as: UTF8.self).lowercased().utf8).withUnsafeBytes(search.firstIndex)
    }
}

/// Finds a sequence of bytes in other bytes.
///
/// The search looks at sixteen positions at once and compares the whole sequence only where the first and the last byte
/// match. When many comparisons fail, as in `aaaa…` for `a…ba…`, the search continues byte by byte with the algorithm of
/// Knuth, Morris and Pratt. So the cost is a few steps for each byte, whatever the bytes are.
package struct ByteSearch: Sendable {
    /// The bytes to find; with `ignoresCase`, ASCII letters are in lower case.
    private let needle: [UInt8]
    /// For each byte, the bit that does not count: the bit of upper case for letters, or none.
    private let masks: [UInt8]
    /// For each number of matching bytes, the length of the longest proper suffix that is also a prefix of the needle.
    private let overlaps: [Int]

    /// A search for bytes.
    ///
    /// - Parameters:
    ///   - needle: the bytes to find, not empty.
    ///   - ignoresCase: whether lower and upper case ASCII letters match.
    package init(_ needle: [UInt8], ignoresCase: Bool = false) {
        precondition(!needle.isEmpty, "the bytes to search for must not be empty")
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        masks = needle.map { ignoresCase && letters.contains($0 | 0x20) ? 0x20 : 0 }
        self.needle = zip(needle, masks).map { $0 | $1 }
        overlaps = Self.overlaps(of: self.needle)
    }

    /// The number of bytes to find.
    package var count: Int { needle.count }

    /// The first index at which the bytes are found; nil when they are not found.
    package func firstIndex(in bytes: UnsafeRawBufferPointer) -> Int? {
        let end = bytes.count - needle.count
        guard end >= 0 else { return nil }
        let reach = needle.count - 1
        let (first, last) = (SIMD16(repeating: needle[0]), SIMD16(repeating: needle[reach]))
        let (firstMask, lastMask) = (SIMD16(repeating: masks[0]), SIMD16(repeating: masks[reach]))
        var index = 0
        var compared = 0
        while index + reach + 16 <= bytes.count {
            let heads = bytes.loadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self) | firstMask
            let tails = bytes.loadUnaligned(fromByteOffset: index + reach, as: SIMD16<UInt8>.self) | lastMask
            let candidates = (heads .== first) .& (tails .== last)
            // Two words are compared faster than `any` compares lanes.
            let words = unsafeBitCast(candidates, to: SIMD2<UInt64>.self)
            if words.x | words.y != 0 {
                for lane in 0..<16 where candidates[lane] {
                    let equal = equalBytes(at: index + lane, of: bytes)
                    if equal == needle.count { return index + lane }
                    compared += equal
                }
                if compared > Self.maximumFailedBytes + index {
                    return firstIndexByteByByte(from: index + 16, in: bytes)
                }
            }
            index += 16
        }
        return firstIndexByteByByte(from: index, in: bytes)
    }

    /// How many more bytes may be compared in failed comparisons than were searched, before the algorithm changes.
    private static let maximumFailedBytes = 4096

    /// The number of bytes of the needle that match at an index, after which there are at least `count` bytes.
    private func equalBytes(at index: Int, of bytes: UnsafeRawBufferPointer) -> Int {
        var count = 0
        while count < needle.count, bytes[index + count] | masks[count] == needle[count] { count += 1 }
        return count
    }

    /// The first index from `start` on, at a constant cost for each byte (Knuth, Morris and Pratt).
    private func firstIndexByteByByte(from start: Int, in bytes: UnsafeRawBufferPointer) -> Int? {
        var equal = 0
        for index in start..<max(start, bytes.count) {
            while equal > 0, bytes[index] | masks[equal] != needle[equal] { equal = overlaps[equal - 1] }
            if bytes[index] | masks[equal] == needle[equal] { equal += 1 }
            if equal == needle.count { return index + 1 - equal }
        }
        return nil
    }

    private static func overlaps(of needle: [UInt8]) -> [Int] {
        var overlaps = [0]
        var equal = 0
        for byte in needle.dropFirst() {
            while equal > 0, byte != needle[equal] { equal = overlaps[equal - 1] }
            if byte == needle[equal] { equal += 1 }
            overlaps.append(equal)
        }
        return overlaps
    }
}
