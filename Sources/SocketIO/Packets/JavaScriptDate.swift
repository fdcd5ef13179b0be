import FoundationEssentials
import JSON

/// Dates as JavaScript's `JSON.stringify` writes them: `2031-05-06T07:08:09.010Z`.
enum JavaScriptDate {
    /// The text of a date, to the nearest millisecond; nil, which is written as `null`, for a date that JavaScript does not have.
    static func text(_ date: Date) -> String? {
        ISO8601.javaScriptText(secondsSince1970: date.timeIntervalSince1970)
    }

    /// The date of such a text, or of one without fractions of a second; nil for any other.
    static func date(_ text: String) -> Date? {
        (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text))
            ?? (try? Date.ISO8601FormatStyle().parse(text))
    }
}
