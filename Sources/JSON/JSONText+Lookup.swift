/// Names of members that are looked up together in objects that are given as text.
package struct JSONMemberNames: Sendable {
    /// All names, one after the other, and where each one ends.
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    package init() {}

    /// The number of names.
    package var count: Int { ends.count }

    /// The index of a name, which is added when it is not there.
    package mutating func index(of name: String) -> Int {
        let utf8 = Array(name.utf8)
        for index in ends.indices where bytes[range(of: index)].elementsEqual(utf8) { return index }
        bytes += utf8
        ends.append(bytes.count)
        return ends.count - 1
    }

    private func range(of index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    /// Finds the texts of the named members of an object, in one pass over the text.
    ///
    /// Of a repeated name the last member counts, as in parsed text.
    ///
    /// - Parameters:
    ///   - text: JSON in UTF-8.
    ///   - values: gets the text of each member by the index of the name; without a base address for a missing one.
    /// - Returns: false when the text is not an object, or not JSON.
    package func find(
        in text: UnsafeRawBufferPointer, _ values: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>
    ) -> Bool {
        values.update(repeating: UnsafeRawBufferPointer(start: nil, count: 0))
        var object = JSONScanner(text)
        return bytes.withUnsafeBytes { bytes in
            ends.withUnsafeBufferPointer { ends in
                do throws(JSONFailure) {
                    try object.scanObject { scanner, key, hasEscapes throws(JSONFailure) in
                        let start = scanner.position
                        try Self.skipValue(&scanner)
                        if let index = Self.position(of: key, hasEscapes: hasEscapes, bytes, ends) {
                            values[index] = scanner.text(from: start)
                        }
                    }
                    return true
                } catch {
                    return false
                }
            }
        }
    }

    @inline(__always)
    private static func skipValue(_ scanner: inout JSONScanner) throws(JSONFailure) {
        switch scanner.current {
        case UInt8(ascii: "\""): _ = try scanner.scanString()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try scanner.scanNumber()
        default:
            var minifier = JSONMinifier(scanner, maximumDepth: JSONValue.defaultMaximumDepth - 1)
            _ = try minifier.minifyValue()
            scanner = minifier.scanner
        }
    }

    @inline(__always)
    private static func position(
        of key: UnsafeRawBufferPointer, hasEscapes: Bool, _ bytes: UnsafeRawBufferPointer,
        _ ends: UnsafeBufferPointer<Int>
    ) -> Int? {
        guard !hasEscapes else {
            let name = Array(JSONMember(key: "", value: key).string?.utf8 ?? "".utf8)
            return name.withUnsafeBytes { position(of: $0, bytes, ends) }
        }
        return position(of: UnsafeRawBufferPointer(rebasing: key[1..<key.count - 1]), bytes, ends)
    }

    private static func position(
        of name: UnsafeRawBufferPointer, _ bytes: UnsafeRawBufferPointer, _ ends: UnsafeBufferPointer<Int>
    ) -> Int? {
        var start = 0
        for index in 0..<ends.count {
            let end = ends[index]
            if end - start == name.count, isEqual(bytes, from: start, name) { return index }
            start = end
        }
        return nil
    }

    @inline(__always)
    private static func isEqual(
        _ bytes: UnsafeRawBufferPointer, from start: Int, _ name: UnsafeRawBufferPointer
    ) -> Bool {
        for position in 0..<name.count where bytes[start + position] != name[position] { return false }
        return true
    }
}
