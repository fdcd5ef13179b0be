/// Which pages were met, a bit each.
struct PageSet {
    private var words: [UInt64]

    /// - Parameter count: numbers up to this are asked for.
    init(count: UInt64) { words = [UInt64](repeating: 0, count: Int(count / 64 + 1)) }

    /// False when `page` is there already.
    mutating func insert(_ page: UInt64) -> Bool {
        let (word, bit) = (Int(page / 64), UInt64(1) << (page % 64))
        guard words[word] & bit == 0 else { return false }
        words[word] |= bit
        return true
    }
}
