/// Finds bytes among bytes.
///
/// Looks at sixteen places at once: at each its first byte and its last must be
/// there before the rest is compared.
struct ByteSearch: Sendable {
    /// With `ignoresCase`, its ASCII letters are small ones.
    private let needle: [UInt8]
    /// The bit in which a byte may differ: that of capitals for letters, or none.
    private let masks: [UInt8]

    /// - Parameters:
    ///   - needle: not empty.
    ///   - ignoresCase: whether ASCII letters count as the same as their capitals.
    init(_ needle: [UInt8], ignoresCase: Bool = false) {
        precondition(!needle.isEmpty, "nothing is everywhere")
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        masks = needle.map { ignoresCase && letters.contains($0 | 0x20) ? 0x20 : 0 }
        self.needle = zip(needle, masks).map { $0 | $1 }
    }

    var count: Int { needle.count }

    /// The first place of the bytes.
    func place(in bytes: UnsafeRawBufferPointer) -> Int? {
        let end = bytes.count - needle.count
        guard end >= 0 else { return nil }
        let reach = needle.count - 1
        let (first, last) = (SIMD16(repeating: needle[0]), SIMD16(repeating: needle[reach]))
        let (firstMask, lastMask) = (SIMD16(repeating: masks[0]), SIMD16(repeating: masks[reach]))
        var place = 0
        while place + reach + 16 <= bytes.count {
            let heads = bytes.loadUnaligned(fromByteOffset: place, as: SIMD16<UInt8>.self) | firstMask
            let tails = bytes.loadUnaligned(fromByteOffset: place + reach, as: SIMD16<UInt8>.self) | lastMask
            let candidates = (heads .== first) .& (tails .== last)
            // `any` looks at lanes one by one; two words say the same.
            let words = unsafeBitCast(candidates, to: SIMD2<UInt64>.self)
            if words.x | words.y != 0 {
                for lane in 0..<16 where candidates[lane] && isNeedle(at: place + lane, of: bytes) { return place + lane }
            }
            place += 16
        }
        while place <= end {
            if isNeedle(at: place, of: bytes) { return place }
            place += 1
        }
        return nil
    }

    private func isNeedle(at place: Int, of bytes: UnsafeRawBufferPointer) -> Bool {
        for index in 0..<needle.count where bytes[place + index] | masks[index] != needle[index] { return false }
        return true
    }
}
