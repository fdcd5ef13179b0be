import Inspection

extension TextSearch {
    /// `text` with each match in red, for a terminal with colours.
    func highlighted(_ text: String) -> String {
        var output = ""
        var reached = text.startIndex
        for range in ranges(in: text) {
            output += text[reached..<range.lowerBound] + Colour.red.paint(String(text[range]))
            reached = range.upperBound
        }
        return output + text[reached...]
    }

    /// The part of `data` that shows the first match within `width` columns; all of `data` without a width.
    ///
    /// When the text matches only after the escapes of JSON are resolved, the part has them resolved.
    func excerpt(of data: String, width: Int?) -> String {
        var text = data
        var first = ranges(in: text).first
        if first == nil {
            let resolved = Array(data.utf8).withUnsafeBytes(JSONEscapes.resolved)
            text = String(decoding: resolved, as: UTF8.self)
            first = ranges(in: text).first
        }
        guard let width else { return text }
        // Some text before the match, and one character more than fits, so that the printer marks the cut.
        let context = max(0, min(24, (width - 50) / 5))
        guard let first, let start = text.index(first.lowerBound, offsetBy: -context, limitedBy: text.startIndex),
            start > text.startIndex
        else { return String(text.prefix(width + 1)) }
        return "…" + text[start...].prefix(width + 1)
    }
}
