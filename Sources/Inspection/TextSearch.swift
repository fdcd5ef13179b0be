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
