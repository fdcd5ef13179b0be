import Base64
import Glibc

/// A path to a value in JSON: names of members and indices of elements, such as `user.name` and `tags.0`.
struct FieldPath: Sendable {
    struct Step: Sendable {
        let name: [UInt8]
        /// The name as the index of an element; nil when the name is not a number.
        let index: Int?
    }

    /// The largest number of steps, because data is not nested deeper.
    static let maximumSteps = 64

    private let steps: [Step]
    /// The last name in quotes. A text without escapes in which this is not found does not have the path.
    private let lastName: ByteSearch?

    init(_ names: [String]) {
        steps = names.map { Step(name: Array($0.utf8), index: Int($0)) }
        lastName = steps.last.flatMap {
            $0.index == nil ? ByteSearch(Array("\"".utf8) + $0.name + Array("\"".utf8)) : nil
        }
    }

    /// The range of the value at the path; nil when there is none. Of a repeated name the last member counts.
    ///
    /// Skips everything else without decoding values.
    ///
    /// - Parameter text: JSON without insignificant whitespace, as the log stores it.
    func find(in text: UnsafeRawBufferPointer) -> Range<Int>? {
        guard canBeFound(in: text) else { return nil }
        var start = 0
        for step in steps {
            guard let next = JSONSkipper(text).child(step, of: start) else { return nil }
            start = next
        }
        let end = JSONSkipper(text).end(ofValueAt: start)
        return start < end ? start..<end : nil
    }

    private func canBeFound(in text: UnsafeRawBufferPointer) -> Bool {
        guard let lastName else { return true }
        return lastName.firstIndex(in: text) != nil || JSONEscapes.arePresent(in: text)
    }
}

/// Moves through JSON text from value to value.
private struct JSONSkipper {
    private let text: UnsafeRawBufferPointer

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    /// The byte at an index; 0, with which nothing begins, after the end.
    private func byte(_ index: Int) -> UInt8 { index < text.count ? text[index] : 0 }

    /// The index at which the member or element of the value at `start` begins; nil when there is none.
    func child(_ step: FieldPath.Step, of start: Int) -> Int? {
        switch byte(start) {
        case UInt8(ascii: "{"): member(step.name, of: start)
        case UInt8(ascii: "["): step.index.flatMap { element($0, of: start) }
        default: nil
        }
    }

    private func member(_ name: [UInt8], of start: Int) -> Int? {
        var found: Int?
        var index = start + 1
        while byte(index) == UInt8(ascii: "\"") {
            let nameEnd = endOfString(at: index)
            let value = nameEnd + 1
            if isName(index + 1..<max(index + 1, nameEnd - 1), name) { found = value }
            index = end(ofValueAt: value)
            guard byte(index) == UInt8(ascii: ",") else { break }
            index += 1
        }
        return found
    }

    private func element(_ number: Int, of start: Int) -> Int? {
        var index = start + 1
        guard number >= 0, byte(index) != UInt8(ascii: "]") else { return nil }
        for _ in 0..<number {
            index = end(ofValueAt: index)
            guard byte(index) == UInt8(ascii: ",") else { return nil }
            index += 1
        }
        return index
    }

    private func isName(_ range: Range<Int>, _ name: [UInt8]) -> Bool {
        let written = UnsafeRawBufferPointer(rebasing: text[range])
        if written.elementsEqual(name) { return true }
        return JSONEscapes.arePresent(in: written) && JSONEscapes.resolved(written) == name
    }

    func end(ofValueAt start: Int) -> Int {
        var index = start
        var depth = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\""):
                index = endOfString(at: index)
                if depth == 0 { return index }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                // At depth 0 this is the byte after a number or a literal.
                if depth == 0 { return index }
                depth -= 1
                if depth == 0 { return index + 1 }
            case UInt8(ascii: ","): if depth == 0 { return index }
            default: break
            }
            index += 1
        }
        return text.count
    }

    /// The index after the closing quote.
    private func endOfString(at start: Int) -> Int {
        var index = start + 1
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\\"): index += 2
            case UInt8(ascii: "\""): return index + 1
            default: index += 1
            }
        }
        return text.count
    }
}

/// The escapes of JSON strings (RFC 8259, section 7) in a whole text.
package enum JSONEscapes {
    /// Whether the text has escapes; JSON has no backslash outside of strings.
    package static func arePresent(in text: UnsafeRawBufferPointer) -> Bool {
        guard let start = text.baseAddress else { return false }
        return memchr(start, Int32(UInt8(ascii: "\\")), text.count) != nil
    }

    /// The text in UTF-8 with each escape replaced by the character that it stands for, and a lone half of a surrogate pair
    /// by U+FFFD.
    ///
    /// The result is for people and for searches; it is not JSON.
    package static func resolved(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            guard text[index] == UInt8(ascii: "\\"), index + 1 < text.count else {
                output.append(text[index])
                index += 1
                continue
            }
            guard let unit = unit(at: index, of: text) else {
                output.append(short(text[index + 1]))
                index += 2
                continue
            }
            index += 6
            var scalar = Unicode.Scalar(UInt32(unit)) ?? "\u{FFFD}"
            if UTF16.isLeadSurrogate(unit), let low = self.unit(at: index, of: text), UTF16.isTrailSurrogate(low) {
                scalar = Unicode.Scalar(0x10000 + UInt32(unit - 0xD800) << 10 + UInt32(low - 0xDC00)) ?? scalar
                index += 6
            }
            output += UTF8.encode(scalar).map(Array.init) ?? []
        }
        return output
    }

    /// The number of the escape `\uXXXX` at an index; nil when there is another escape or none.
    private static func unit(at index: Int, of text: UnsafeRawBufferPointer) -> UInt16? {
        guard index + 6 <= text.count, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        return Hexadecimal.number(text[index + 2..<index + 6]).map { UInt16($0) }
    }

    private static func short(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: byte
        }
    }
}
