package import EventLog

/// A text to look for in the data of events.
///
/// It is found in the JSON text as it is stored, and also in what that says
/// when its escapes are resolved: `é` is found in `"caf\u00e9"`, and
/// `say "hi"` in `"say \"hi\""`. Data that is not JSON is searched as bytes.
/// Letters are compared as they are encoded: an `é` of two scalars is another.
package struct TextSearch: Sendable {
    private let search: ByteSearch
    /// Whether capitals can be told from small letters only when the text is read: beyond ASCII.
    package let readsCharacters: Bool

    /// - Parameter text: not empty.
    package init(_ text: String, ignoresCase: Bool = false) {
        precondition(!text.isEmpty, "an empty text is everywhere")
        search = ByteSearch(Array((ignoresCase ? text.lowercased() : text).utf8), ignoresCase: ignoresCase)
        readsCharacters = ignoresCase && !text.utf8.allSatisfy { $0 < 0x80 }
    }

    package func isInData(of view: borrowing EventView) -> Bool {
        let isJSON = view.isJSON
        return view.data.withUnsafeBytes { data in
            if isIn(data) { return true }
            guard isJSON, JSONEscapes.arePresent(in: data) else { return false }
            return JSONEscapes.resolved(data).withUnsafeBytes(isIn)
        }
    }

    /// Whether the bytes themselves have the text.
    package func isIn(_ bytes: UnsafeRawBufferPointer) -> Bool { place(in: bytes) != nil }

    /// Where the text is, one place after the other, without overlaps.
    package func ranges(in text: String) -> [Range<String.Index>] {
        // Small and capital letters may take different numbers of bytes, and then places would be lost.
        if readsCharacters, text.lowercased().utf8.count != text.utf8.count { return [] }
        let bytes = Array(text.utf8)
        var ranges: [Range<String.Index>] = []
        var start = 0
        while let place = bytes[start...].withUnsafeBytes(place) {
            let lower = text.utf8.index(text.startIndex, offsetBy: start + place)
            let upper = text.utf8.index(lower, offsetBy: search.count)
            ranges.append(lower..<upper)
            start += place + search.count
        }
        return ranges
    }

    private func place(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard readsCharacters else { return bytes.isEmpty ? nil : search.place(in: bytes) }
        return Array(String(decoding: bytes, as: UTF8.self).lowercased().utf8).withUnsafeBytes(search.place)
    }
}

/// Finds bytes among bytes.
///
/// Looks at sixteen places at once: at each its first byte and its last must be
/// there before the rest is compared. Where much is compared in vain, as in
/// `aaaa…` for `a…ba…`, it goes on byte by byte (Knuth, Morris and Pratt): no
/// two texts make it cost more than a few steps a byte.
package struct ByteSearch: Sendable {
    /// With `ignoresCase`, its ASCII letters are small ones.
    private let needle: [UInt8]
    /// The bit in which a byte may differ: that of capitals for letters, or none.
    private let masks: [UInt8]
    /// By how many bytes there are: how many of the last of them are the first of the needle again.
    private let overlaps: [Int]

    /// - Parameters:
    ///   - needle: not empty.
    ///   - ignoresCase: whether ASCII letters count as the same as their capitals.
    package init(_ needle: [UInt8], ignoresCase: Bool = false) {
        precondition(!needle.isEmpty, "nothing is everywhere")
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        masks = needle.map { ignoresCase && letters.contains($0 | 0x20) ? 0x20 : 0 }
        self.needle = zip(needle, masks).map { $0 | $1 }
        overlaps = Self.overlaps(of: self.needle)
    }

    package var count: Int { needle.count }

    /// The first place of the bytes.
    package func place(in bytes: UnsafeRawBufferPointer) -> Int? {
        let end = bytes.count - needle.count
        guard end >= 0 else { return nil }
        let reach = needle.count - 1
        let (first, last) = (SIMD16(repeating: needle[0]), SIMD16(repeating: needle[reach]))
        let (firstMask, lastMask) = (SIMD16(repeating: masks[0]), SIMD16(repeating: masks[reach]))
        var place = 0
        var compared = 0
        while place + reach + 16 <= bytes.count {
            let heads = bytes.loadUnaligned(fromByteOffset: place, as: SIMD16<UInt8>.self) | firstMask
            let tails = bytes.loadUnaligned(fromByteOffset: place + reach, as: SIMD16<UInt8>.self) | lastMask
            let candidates = (heads .== first) .& (tails .== last)
            // `any` looks at lanes one by one; two words say the same.
            let words = unsafeBitCast(candidates, to: SIMD2<UInt64>.self)
            if words.x | words.y != 0 {
                for lane in 0..<16 where candidates[lane] {
                    let equal = equalBytes(at: place + lane, of: bytes)
                    if equal == needle.count { return place + lane }
                    compared += equal
                }
                if compared > Self.vainBytes + place { return steadyPlace(from: place + 16, in: bytes) }
            }
            place += 16
        }
        return steadyPlace(from: place, in: bytes)
    }

    /// How many bytes may be compared in vain before it counts: less than it takes to notice.
    private static let vainBytes = 4096

    /// How many bytes of the needle are at that place, which leaves room for it.
    private func equalBytes(at place: Int, of bytes: UnsafeRawBufferPointer) -> Int {
        var count = 0
        while count < needle.count, bytes[place + count] | masks[count] == needle[count] { count += 1 }
        return count
    }

    /// The first place from `start` on, at the same cost whatever the bytes are.
    private func steadyPlace(from start: Int, in bytes: UnsafeRawBufferPointer) -> Int? {
        var equal = 0
        for place in start..<max(start, bytes.count) {
            while equal > 0, bytes[place] | masks[equal] != needle[equal] { equal = overlaps[equal - 1] }
            if bytes[place] | masks[equal] == needle[equal] { equal += 1 }
            if equal == needle.count { return place + 1 - equal }
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
