import JSON

/// The formats of strings that are checked. Sources are the grammars that JSON Schema names for each format.
enum StringFormat: String, CaseIterable, Sendable {
    case dateTime = "date-time"
    case email, uri, uuid

    /// The format in a sentence, with an example.
    var phrase: String {
        switch self {
        case .dateTime: "a date and time as 2026-01-02T03:04:05Z (RFC 3339)"
        case .email: "an email address as name@example.com"
        case .uri: "a URI with its scheme as https://example.com/path"
        case .uuid: "a UUID as 123e4567-e89b-12d3-a456-426614174000"
        }
    }

    func matches(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return switch self {
        case .dateTime: InternetDateTime.isValid(bytes)
        case .email: EmailAddress.isValid(bytes)
        case .uri: URIReference.isURI(bytes)
        case .uuid: Self.isUUID(bytes)
        }
    }

    /// RFC 9562, section 4: 32 hexadecimal digits with four hyphens, of any version.
    private static func isUUID(_ bytes: [UInt8]) -> Bool {
        bytes.count == 36
            && bytes.enumerated().allSatisfy { index, byte in
                [8, 13, 18, 23].contains(index) ? byte == UInt8(ascii: "-") : byte.isHexadecimalDigit
            }
    }
}

/// Dates with times (RFC 3339, section 5.6).
private enum InternetDateTime {
    static func isValid(_ bytes: [UInt8]) -> Bool {
        // 2026-01-02T03:04:05 and at least Z.
        guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] | 0x20 == UInt8(ascii: "t"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
            CivilDate(year: year, month: month, day: day) != nil,
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
            hour <= 23, minute <= 59, second <= 60
        else { return false }
        var rest = bytes[19...]
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix { $0.isDigit }
            guard !fraction.isEmpty else { return false }
            rest = rest.dropFirst(fraction.count + 1)
        }
        guard let offset = offset(rest) else { return false }
        // A leap second is the last one of a day in UTC.
        return second < 60 || (hour * 60 + minute - offset + 2 * 1440) % 1440 == 1439
    }

    /// The minutes of `Z` or `+hh:mm`.
    private static func offset(_ bytes: ArraySlice<UInt8>) -> Int? {
        if bytes.count == 1, bytes[bytes.startIndex] | 0x20 == UInt8(ascii: "z") { return 0 }
        let start = bytes.startIndex
        guard bytes.count == 6, bytes[start] == UInt8(ascii: "+") || bytes[start] == UInt8(ascii: "-"),
            bytes[start + 3] == UInt8(ascii: ":"), let hours = number(bytes[start + 1..<start + 3]),
            let minutes = number(bytes[start + 4..<start + 6]), hours <= 23, minutes <= 59
        else { return nil }
        return (hours * 60 + minutes) * (bytes[start] == UInt8(ascii: "-") ? -1 : 1)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard digits.allSatisfy(\.isDigit) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}

extension UInt8 {
    var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }

    var isLetter: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }

    var isHexadecimalDigit: Bool { isDigit || (self | 0x20) &- UInt8(ascii: "a") < 6 }
}
