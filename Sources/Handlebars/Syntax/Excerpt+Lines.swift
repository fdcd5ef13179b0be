extension Excerpt {
    /// A line near a place.
    package struct Line: Sendable {
        /// From 1.
        package let number: Int
        /// Its beginning, or of the line at fault what is around the place.
        package let text: String
        /// What puts a caret below the place; `nil` in all lines but one.
        package let caret: String?
    }

    /// How many lines are shown on either side.
    private static let neighbours = 3

    /// The line of a place, which has a number, with those around it.
    package static func lines(of bytes: [UInt8], at offset: Int, number: Int) -> [Line] {
        let (text, caret) = line(of: bytes, at: offset)
        var lines = [Line(number: number, text: text, caret: caret)]
        let newline = UInt8(ascii: "\n")
        var start = min(offset, bytes.count)
        for distance in 1...neighbours {
            guard let end = bytes[..<start].lastIndex(of: newline) else { break }
            start = bytes[..<end].lastIndex(of: newline).map { $0 + 1 } ?? 0
            lines.insert(Line(number: number - distance, text: beginning(of: bytes[start..<end]), caret: nil), at: 0)
        }
        var end = bytes[min(offset, bytes.count)...].firstIndex(of: newline)
        for distance in 1...neighbours {
            guard let before = end, before + 1 < bytes.count else { break }
            end = bytes[(before + 1)...].firstIndex(of: newline)
            lines.append(
                Line(
                    number: number + distance, text: beginning(of: bytes[(before + 1)..<(end ?? bytes.count)]),
                    caret: nil))
        }
        return lines
    }

    private static func beginning(of line: ArraySlice<UInt8>) -> String {
        String(decoding: line.prefix(2 * reach), as: UTF8.self).filter { $0 != "\r" && $0 != "\r\n" }
    }
}
