import EventLog
import JSON

/// Looks for a text in the data of events, as people read it.
///
/// The letters A to Z match in either case. In JSON it is looked for in the text as it was written, quotes and
/// names included, and where that has escapes also in the text without them: `é` finds `\u00e9`.
struct TextSearch: Hashable, Sendable {
    /// The longest text to look for, in bytes.
    static let maximumBytes = 256

    let text: String
    private let needle: [UInt8]

    /// - Returns: nil when `text` is empty or longer than `maximumBytes`.
    init?(_ text: String) {
        guard (1...Self.maximumBytes).contains(text.utf8.count) else { return nil }
        self.text = text
        needle = text.utf8.map(Self.folded)
    }

    func matches(_ view: borrowing EventView) -> Bool {
        let isJSON = view.isJSON
        return view.data.withUnsafeBytes { data in
            if isFound(in: data) { return true }
            guard isJSON, data.contains(UInt8(ascii: "\\")) else { return false }
            guard let value = try? JSONValue(parsing: data, maximumDepth: JSONValue.deepestMaximumDepth) else { return false }
            return strings(of: value).contains { $0.withUnsafeBytes(isFound) }
        }
    }

    /// The texts with their escapes decoded, names too.
    private func strings(of value: JSONValue) -> [[UInt8]] {
        switch value {
        case .string(let text): [Array(text.utf8)]
        case .array(let elements): elements.flatMap(strings)
        case .object(let object): object.entries.flatMap { [Array($0.key.utf8)] + strings(of: $0.value) }
        default: []
        }
    }

    private func isFound(in bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= needle.count else { return false }
        let first = needle[0]
        candidates: for start in 0...(bytes.count - needle.count) where Self.folded(bytes[start]) == first {
            for place in needle.indices.dropFirst() where Self.folded(bytes[start + place]) != needle[place] { continue candidates }
            return true
        }
        return false
    }

    @inline(__always)
    private static func folded(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
