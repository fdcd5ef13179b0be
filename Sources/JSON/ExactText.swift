/// A text that is equal to another one when their UTF-8 bytes are equal, as the key of a dictionary.
///
/// Swift's `String` compares by Unicode's canonical equivalence: `é` as one scalar and as two scalars are equal strings,
/// but different names in JSON, in the log and in file systems.
package struct ExactText: Hashable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: ExactText, right: ExactText) -> Bool { left.text.hasSameBytes(as: right.text) }

    package func hash(into hasher: inout Hasher) {
        text.utf8.span.bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension ExactText: Comparable {
    /// Compares bytes.
    package static func < (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}

extension ExactText: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self.init(text) }
}

extension String {
    /// Whether both texts have the same UTF-8 bytes.
    package func hasSameBytes(as other: String) -> Bool {
        // Most different names have different lengths.
        guard utf8.count == other.utf8.count else { return false }
        return utf8.span.bytes.withUnsafeBytes { mine in
            other.utf8.span.bytes.withUnsafeBytes { mine.elementsEqual($0) }
        }
    }
}

extension Dictionary where Key == ExactText {
    /// The value of a name; nil when the name is absent.
    package subscript(name: String) -> Value? {
        get { self[ExactText(name)] }
        set { self[ExactText(name)] = newValue }
    }
}

extension Set where Element == ExactText {
    /// Whether a name has the bytes of a member.
    package func contains(_ name: String) -> Bool { contains(ExactText(name)) }
}
