public import EventLog
import Inspection
import JSON

/// Values as pages show them.
public enum PageText {
    /// A text that somebody else wrote, with `\\u202e` in place of each character that a browser would obey and not show:
    /// control characters, line separators, and marks that change the direction of writing.
    ///
    /// What HTML would obey is escaped by the templates.
    ///
    /// - Parameter keepsNewlines: true for a text of several lines.
    public static func escaped(_ text: String, keepsNewlines: Bool = false) -> String {
        ShownText.escaped(text, keepsNewlines: keepsNewlines)
    }

    /// A text without the whitespace at its ends.
    public static func trimmed(_ text: some StringProtocol) -> String {
        text.trimmed
    }

    /// `1,234,567`
    public static func grouped(_ value: some BinaryInteger) -> String { Amount.grouped(value) }

    /// `1 event`, `2 events`
    public static func counted(_ value: some BinaryInteger, _ noun: String) -> String { Amount.counted(value, noun) }

    /// A time for people, in UTC: `2026-01-02 03:04:05`.
    public static func clock(_ time: Timestamp) -> String { time.toTheSecond }
}
