import Base64
import Glibc

/// A way into JSON: names of members and numbers of elements, `user.name`, `tags.0`.
struct JSONPath: Sendable {
    struct Step: Sendable {
        let name: [UInt8]
        /// The same as the number of an element, if it is one.
        let index: Int?
    }

    /// How many steps there may be: no data is nested deeper.
    static let maximumSteps = 64

    private let steps: [Step]
    /// The last name in quotes: where it is not in a text without escapes, the path leads nowhere.
    private let lastName: ByteSearch?

    init(_ names: [String]) {
        steps = names.map { Step(name: Array($0.utf8), index: Int($0)) }
        lastName = steps.last.flatMap {
            $0.index == nil ? ByteSearch(Array("\"".utf8) + $0.name + Array("\"".utf8)) : nil
        }
    }

    /// Where the value is that the path leads to; of a repeated name the last one counts.
    ///
    /// Passes over everything else without reading values.
    ///
    /// - Parameter text: JSON without insignificant whitespace, as the log keeps it.
    func find(in text: UnsafeRawBufferPointer) -> Range<Int>? {
        guard mayLead(into: text) else { return nil }
        var start = 0
        for step in steps {
            guard let next = JSONSkipper(text).child(step, of: start) else { return nil }
            start = next
        }
        let end = JSONSkipper(text).end(ofValueAt: start)
        return start < end ? start..<end : nil
    }

    private func mayLead(into text: UnsafeRawBufferPointer) -> Bool {
        guard let lastName else { return true }
        return lastName.place(in: text) != nil || JSONEscapes.arePresent(in: text)
    }
}

/// Moves over JSON text from value to value.
private struct JSONSkipper {
    private let text: UnsafeRawBufferPointer

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    /// The byte at a place; 0, which begins nothing, beyond the end.
    private func byte(_ place: Int) -> UInt8 { place < text.count ? text[place] : 0 }

    /// Where the member or element of the value at `start` begins.
    func child(_ step: JSONPath.Step, of start: Int) -> Int? {
        switch byte(start) {
        case UInt8(ascii: "{"): member(step.name, of: start)
        case UInt8(ascii: "["): step.index.flatMap { element($0, of: start) }
        default: nil
        }
    }

    private func member(_ name: [UInt8], of start: Int) -> Int? {
        var found: Int?
        var place = start + 1
        while byte(place) == UInt8(ascii: "\"") {
            let nameEnd = endOfString(at: place)
            let value = nameEnd + 1
            if isName(place + 1..<max(place + 1, nameEnd - 1), name) { found = value }
            place = end(ofValueAt: value)
            guard byte(place) == UInt8(ascii: ",") else { break }
            place += 1
        }
        return found
    }

    private func element(_ index: Int, of start: Int) -> Int? {
        var place = start + 1
        guard index >= 0, byte(place) != UInt8(ascii: "]") else { return nil }
        for _ in 0..<index {
            place = end(ofValueAt: place)
            guard byte(place) == UInt8(ascii: ",") else { return nil }
            place += 1
        }
        return place
    }

    private func isName(_ range: Range<Int>, _ name: [UInt8]) -> Bool {
        let written = UnsafeRawBufferPointer(rebasing: text[range])
        if written.elementsEqual(name) { return true }
        return JSONEscapes.arePresent(in: written) && JSONEscapes.resolved(written) == name
    }

    func end(ofValueAt start: Int) -> Int {
        var place = start
        var depth = 0
        while place < text.count {
            switch text[place] {
            case UInt8(ascii: "\""):
                place = endOfString(at: place)
                if depth == 0 { return place }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                // Of a number or a literal this is what comes after it.
                if depth == 0 { return place }
                depth -= 1
                if depth == 0 { return place + 1 }
            case UInt8(ascii: ","): if depth == 0 { return place }
            default: break
            }
            place += 1
        }
        return text.count
    }

    /// The place after the closing quote.
    private func endOfString(at start: Int) -> Int {
        var place = start + 1
        while place < text.count {
            switch text[place] {
            case UInt8(ascii: "\\"): place += 2
            case UInt8(ascii: "\""): return place + 1
            default: place += 1
            }
        }
        return text.count
    }
}

/// The escapes of JSON strings, RFC 8259 §7, in a whole text.
package enum JSONEscapes {
    /// Whether there may be any: outside of strings JSON has no backslash.
    package static func arePresent(in text: UnsafeRawBufferPointer) -> Bool {
        guard let start = text.baseAddress else { return false }
        return memchr(start, Int32(UInt8(ascii: "\\")), text.count) != nil
    }

    /// The text with each escape replaced by what it stands for, in UTF-8; half a surrogate pair by U+FFFD.
    ///
    /// No longer JSON, but what a person reads.
    package static func resolved(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var place = 0
        while place < text.count {
            guard text[place] == UInt8(ascii: "\\"), place + 1 < text.count else {
                output.append(text[place])
                place += 1
                continue
            }
            guard let unit = unit(at: place, of: text) else {
                output.append(short(text[place + 1]))
                place += 2
                continue
            }
            place += 6
            var scalar = Unicode.Scalar(UInt32(unit)) ?? "\u{FFFD}"
            if UTF16.isLeadSurrogate(unit), let low = self.unit(at: place, of: text), UTF16.isTrailSurrogate(low) {
                scalar = Unicode.Scalar(0x10000 + UInt32(unit - 0xD800) << 10 + UInt32(low - 0xDC00)) ?? scalar
                place += 6
            }
            output += UTF8.encode(scalar).map(Array.init) ?? []
        }
        return output
    }

    /// The number of the escape `\uXXXX` at that place; nil where there is another or none.
    private static func unit(at place: Int, of text: UnsafeRawBufferPointer) -> UInt16? {
        guard place + 6 <= text.count, text[place] == UInt8(ascii: "\\"), text[place + 1] == UInt8(ascii: "u") else {
            return nil
        }
        return Hexadecimal.number(text[place + 2..<place + 6]).map { UInt16($0) }
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
