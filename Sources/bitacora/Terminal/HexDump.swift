import Base64
import Inspection

/// Formats bytes as lines of offset, 16 bytes in hexadecimal, and their ASCII characters.
enum HexDump {
    /// The limit of bytes that are shown.
    static let limit = 4096

    static func lines(of bytes: [UInt8]) -> String {
        var text = ""
        for start in stride(from: 0, to: min(bytes.count, limit), by: 16) {
            let row = bytes[start..<min(start + 16, bytes.count, limit)]
            let digits = row.map { $0.hexadecimal(digits: 2) }.joined(separator: " ")
            let padding = String(repeating: " ", count: 16 * 3 - 1 - digits.utf8.count)
            let letters = row.map { (0x20..<0x7F).contains($0) ? String(UnicodeScalar($0)) : "." }.joined()
            text += "\(UInt(start).hexadecimal(digits: 8))  \(digits)\(padding)  \(letters)\n"
        }
        if bytes.count > limit {
            text += "… and \(Amount.counted(bytes.count - limit, "byte")) more; --json prints all\n"
        }
        return text
    }
}
