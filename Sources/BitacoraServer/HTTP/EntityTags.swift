/// Entity tags (RFC 9110, section 8.8.3).
enum EntityTags {
    /// `"17"`
    static func strong(_ value: some CustomStringConvertible) -> String { "\"\(value)\"" }

    /// Whether `header`, an `If-None-Match`, names `tag`; weak comparison.
    static func matches(_ header: String?, _ tag: String) -> Bool {
        guard let header else { return false }
        return list(header).contains { $0 == "*" || $0 == tag || $0 == "W/" + tag }
    }

    /// The tags of a header, commas inside quotes aside.
    static func list(_ header: String) -> [String] {
        header.split(separator: ",").map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
