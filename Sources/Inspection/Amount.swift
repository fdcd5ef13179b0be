/// Numbers in a form for people.
package enum Amount {
    /// A whole number with groups of three digits: `1,234,567`.
    package static func grouped(_ value: some BinaryInteger) -> String {
        var groups: [Substring] = []
        var digits = Substring(String(value.magnitude))
        while digits.count > 3 {
            groups.insert(digits.suffix(3), at: 0)
            digits.removeLast(3)
        }
        return (value < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// A number with a noun: `1 event`, `2 events`.
    package static func counted(_ value: some BinaryInteger, _ noun: String) -> String {
        "\(grouped(value)) \(noun)\(value == 1 ? "" : "s")"
    }

    /// A size: `12 bytes`, `1.5 KiB`, `3.0 GiB`.
    package static func bytes(_ value: Int) -> String {
        guard value >= 1024 else { return counted(value, "byte") }
        var rest = Double(value)
        var unit = 0
        while rest >= 1023.95, unit < units.count {
            rest /= 1024
            unit += 1
        }
        return "\(oneDecimal(rest)) \(units[unit - 1])"
    }

    private static let units = ["KiB", "MiB", "GiB", "TiB", "PiB"]

    /// A rate per second without its unit: `0.4`, `12.5`, `1,234`.
    package static func rate(_ value: Double) -> String {
        guard value.isFinite else { return "0" }
        return value >= 100 ? grouped(Int(min(value, 1e15).rounded())) : oneDecimal(value)
    }

    /// A part of a total in percent: `12.5 %`.
    package static func share(_ value: Int, of total: Int) -> String {
        "\(oneDecimal(total == 0 ? 0 : Double(value) * 100 / Double(total))) %"
    }

    /// A length of time in its two largest units: `2.5 ms`, `0.8 s`, `3 min 20 s`, `2 d 3 h`.
    package static func duration(seconds: Double) -> String {
        if seconds > 0, seconds < 0.0995 { return "\(oneDecimal(seconds * 1000)) ms" }
        guard seconds >= 59.5 else { return "\(oneDecimal(max(0, seconds))) s" }
        let total = Int(seconds.rounded())
        let parts = [(total / 86_400, "d"), (total / 3600 % 24, "h"), (total / 60 % 60, "min"), (total % 60, "s")]
        return parts.drop { $0.0 == 0 }.prefix(2).filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }

    private static func oneDecimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(grouped(tenths / 10)).\(tenths % 10)"
    }
}
