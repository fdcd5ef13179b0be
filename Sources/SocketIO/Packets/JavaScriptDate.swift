import FoundationEssentials

/// Dates as JavaScript's `JSON.stringify` writes them: `2031-05-06T07:08:09.010Z`.
enum JavaScriptDate {
    static func text(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// The date of such a text, or of one without fractions of a second; nil for any other.
    static func date(_ text: String) -> Date? {
        (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text))
            ?? (try? Date.ISO8601FormatStyle().parse(text))
    }
}
