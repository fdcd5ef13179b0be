public import EventLog
import JSON

/// Entity tags (RFC 9110, section 8.8.3).
public enum EntityTags {
    /// The strong tag of a value: `"17"`.
    public static func strong(_ value: some CustomStringConvertible) -> String { "\"\(value)\"" }

    /// `W/"17"`: the same for another form of the same content, such as a compressed one.
    static func weak(_ tag: String) -> String { tag.hasPrefix("W/") ? tag : "W/" + tag }

    /// `"0123456789abcdef-17"`: the version of something in a log. After a restore the same version number can belong
    /// to other content, so the tag includes the log id.
    public static func version(_ version: UInt64, in log: LogID) -> String { strong(name(of: version, in: log)) }

    /// `0123456789abcdef-17`: the tag of a version without its quotes; forms carry this name in a hidden field.
    public static func name(of version: UInt64, in log: LogID) -> String { "\(log)-\(version)" }

    /// The version of this log that a name names; nil for the name of another log's version, and for other text.
    public static func version(named name: some StringProtocol, in log: LogID) -> UInt64? {
        let prefix = "\(log)-"
        guard name.hasPrefix(prefix) else { return nil }
        return Offset(name.dropFirst(prefix.count))?.rawValue
    }

    /// The versions of this log that a header names, in order.
    ///
    /// Weak tags count, although RFC 9110, section 13.1.1, asks for the strong comparison: a proxy that compresses
    /// answers sends the weak form (nginx does), and the tag names the same version.
    static func versions(_ header: String, in log: LogID) -> [UInt64] {
        list(header).compactMap { tag in
            let tag = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...]
            guard tag.count >= 2, tag.hasPrefix("\""), tag.hasSuffix("\"") else { return nil }
            return version(named: tag.dropFirst().dropLast(), in: log)
        }
    }

    /// Whether `header`, an `If-None-Match`, names `tag`; weak comparison.
    public static func matches(_ header: String?, _ tag: String) -> Bool {
        guard let header else { return false }
        return list(header).contains { $0 == "*" || $0 == tag || $0 == "W/" + tag }
    }

    /// The tags of a header, commas inside quotes aside.
    static func list(_ header: String) -> [String] {
        header.split(separator: ",").map { String($0.trimmed { $0 == " " || $0 == "\t" }) }.filter { !$0.isEmpty }
    }
}
