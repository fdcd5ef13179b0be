/// The name of a field with its hash worked out once, so that a lookup compares two words
/// before it compares any text.
struct FieldName: Sendable {
    let text: String
    let hash: UInt64
    /// The position it names in an array, when it is written as JavaScript would write an index.
    let index: Int?
    let filterBit: UInt64

    init(_ text: String) {
        self.text = text
        hash = FieldName.hash(of: text)
        index = FieldName.arrayIndex(text)
        filterBit = FieldName.filterBit(of: hash)
    }

    /// FNV-1a, 64 bits. Equal hashes are always followed by a comparison of the text.
    static func hash(of text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        let bytes = text.utf8.span
        for place in bytes.indices {
            hash = (hash ^ UInt64(bytes[place])) &* 0x100_0000_01b3
        }
        return hash
    }

    /// One bit of 64, by which most names are told from those of a set without looking them up.
    static func filterBit(of hash: UInt64) -> UInt64 { 1 << (hash >> 58) }

    /// `"0"`, `"7"`, `"42"`, but not `"07"`, `"-1"` or anything from 2^32 - 1 on (ECMA-262, array index).
    static func arrayIndex(_ text: String) -> Int? {
        let digits = text.utf8
        guard let first = digits.first, digits.count <= 10 else { return nil }
        if first == UInt8(ascii: "0") { return digits.count == 1 ? 0 : nil }
        var value = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value < 0xffff_ffff ? value : nil
    }
}
