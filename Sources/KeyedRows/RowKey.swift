/// The key of a row: text of 1 to 512 bytes, ordered by its bytes.
package struct RowKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The longest key, in bytes.
    package static let maximumBytes = 512

    let ordered: OrderedText

    /// - Returns: nil for an empty text and for one that is longer than `maximumBytes`.
    package init?(_ text: String) {
        guard (1...Self.maximumBytes).contains(text.utf8.count) else { return nil }
        ordered = OrderedText(text)
    }

    /// - Parameter bytes: text in UTF-8.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard (1...Self.maximumBytes).contains(bytes.count) else { return nil }
        ordered = OrderedText(bytes)
    }

    package var text: String { ordered.text }

    package static func < (left: RowKey, right: RowKey) -> Bool { left.ordered < right.ordered }

    package var description: String { text }
}
