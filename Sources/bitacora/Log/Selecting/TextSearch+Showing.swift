import Inspection

extension TextSearch {
    /// `text` with each place set off, for a terminal with colours.
    func highlighted(_ text: String) -> String {
        var output = ""
        var reached = text.startIndex
        for range in ranges(in: text) {
            output += text[reached..<range.lowerBound] + Colour.red.paint(String(text[range]))
            reached = range.upperBound
        }
        return output + text[reached...]
    }

    /// The part of data that shows the first place within `width` columns; all of it where there is no width.
    ///
    /// Where the text is there only behind escapes, these are resolved.
    func excerpt(of data: String, width: Int?) -> String {
        var text = data
        var first = ranges(in: text).first
        if first == nil {
            let resolved = Array(data.utf8).withUnsafeBytes(JSONEscapes.resolved)
            text = String(decoding: resolved, as: UTF8.self)
            first = ranges(in: text).first
        }
        guard let width else { return text }
        // A little before it, and behind it one more than fits, so that it shows where something is cut off.
        let context = max(0, min(24, (width - 50) / 5))
        guard let first, let start = text.index(first.lowerBound, offsetBy: -context, limitedBy: text.startIndex),
            start > text.startIndex
        else { return String(text.prefix(width + 1)) }
        return "…" + text[start...].prefix(width + 1)
    }
}
