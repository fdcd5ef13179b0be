internal import Base64

extension NewEvent {
    private static let placeDigits = 12
    private static let hashDigits = 16

    /// An id made from where the event stood and what it is: the same event at the same place has the same.
    ///
    /// `000000000017-9f86d081884c7d65`: the place in twelve digits or more, and the first eight bytes of a digest over
    /// everything but the id. In the order of the places the ids ascend, so that each goes to the end of the index of
    /// ids; random ones would touch a page of it each.
    ///
    /// - Parameter place: an offset or a line number.
    package func contentID(place: UInt64) -> String {
        var hash = content.withUnsafeBytes { Digest(of: $0) }.high.byteSwapped
        let digits = String(place)
        let zeros = max(0, Self.placeDigits - digits.utf8.count)
        let count = zeros + digits.utf8.count + 1 + Self.hashDigits
        return String(unsafeUninitializedCapacity: count) { buffer in
            for index in 0..<zeros { buffer[index] = UInt8(ascii: "0") }
            for (index, digit) in digits.utf8.enumerated() { buffer[zeros + index] = digit }
            buffer[count - Self.hashDigits - 1] = UInt8(ascii: "-")
            for index in count - Self.hashDigits..<count {
                buffer[index] = Hexadecimal.digit(UInt8(hash >> 60))
                hash <<= 4
            }
            return count
        }
    }

    /// All but the id, in one unambiguous run of bytes: each field behind its length.
    private var content: [UInt8] {
        let names = [topic, type, source ?? ""]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(names.reduce(data.count + 48) { $0 + $1.utf8.count })
        append((time ?? RecordLayout.undated).rawValue, to: &bytes)
        for name in names {
            append(Int64(name.utf8.count), to: &bytes)
            bytes.append(contentsOf: name.utf8)
        }
        switch data {
        case .json(let text):
            append(1, to: &bytes)
            bytes.append(contentsOf: text)
        case .bytes(let raw):
            append(0, to: &bytes)
            bytes.append(contentsOf: raw)
        }
        return bytes
    }

    private func append(_ number: Int64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
