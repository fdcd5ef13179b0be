import Base64

/// A request's target, path and query, taken apart as WHATWG's URL standard does with forms.
struct RequestTarget {
    let path: Substring
    private let query: Substring

    init(_ target: String) {
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        path = target[..<(mark ?? target.endIndex)]
        query = mark.map { target[target.utf8.index(after: $0)...] } ?? ""
    }

    /// The parameters in their order, decoded; one without `=` is empty.
    var items: [(name: String, value: String)] {
        parts.map { part in
            let (name, value) = Self.split(part)
            return (Self.decoded(name), Self.decoded(value))
        }
    }

    /// The first parameter with this name, which is compared as it is written; decoded.
    subscript(name: String) -> String? {
        for part in parts {
            let (found, value) = Self.split(part)
            if found.utf8.elementsEqual(name.utf8) { return Self.decoded(value) }
        }
        return nil
    }

    private var parts: [Substring] {
        query.utf8.split(separator: UInt8(ascii: "&")).map { Substring($0) }
    }

    private static func split(_ part: Substring) -> (name: Substring, value: Substring) {
        guard let mark = part.utf8.firstIndex(of: UInt8(ascii: "=")) else { return (part, "") }
        return (part[..<mark], part[part.utf8.index(after: mark)...])
    }

    /// What is no escape stays as it is, and what is not UTF-8 becomes U+FFFD.
    private static func decoded(_ text: Substring) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(text)
        }
        let source = Array(text.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.count)
        var place = 0
        while place < source.count {
            let byte = source[place]
            if byte == UInt8(ascii: "%"), place + 2 < source.count, let high = Hexadecimal.value(of: source[place + 1]),
                let low = Hexadecimal.value(of: source[place + 2])
            {
                bytes.append(high << 4 | low)
                place += 3
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                place += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
