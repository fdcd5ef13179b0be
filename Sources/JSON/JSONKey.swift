/// A key of an object, equal to another when their UTF-8 bytes are.
///
/// `String` itself compares by canonical equivalence, which would make one
/// member of two that JSON holds apart.
struct JSONKey: Hashable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    static func == (left: JSONKey, right: JSONKey) -> Bool {
        // Most keys that differ do so in length.
        guard left.text.utf8.count == right.text.utf8.count else { return false }
        return left.text.utf8.span.bytes.withUnsafeBytes { left in
            right.text.utf8.span.bytes.withUnsafeBytes { right in left.elementsEqual(right) }
        }
    }

    func hash(into hasher: inout Hasher) {
        text.utf8.span.bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}
